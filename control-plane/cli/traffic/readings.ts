/**
 * Readings made up from a dictionary of distributions: quantiles of each feature by month, its daily course, how the features move
 * together (a Gaussian copula), and which go missing together. Pure; it holds no row of any data set.
 */
import { errorFunction } from "simple-statistics";
import { z } from "zod";
import { standardNormal, type Random } from "./random.ts";

const MONTHS = 12;
const HOURS = 24;
const share = z.number().min(0).max(1);

const readingFeature = z.strictObject({
  name: z.string().min(1),
  /** The smallest difference that the instrument reports. */
  step: z.number().positive(),
  /** One list for each month, at `probabilities`. */
  quantilesByMonth: z.array(z.array(z.number())).length(MONTHS),
  /** Mean normal score at each hour of the day; the rest of the variance, up to 1, is left to chance. */
  hourShift: z.array(z.number()).length(HOURS),
});

export const readingDictionary = z
  .strictObject({
    schema: z.literal(1),
    description: z.string(),
    source: z.string(),
    rows: z.int().positive(),
    calendar: z.strictObject({ month: z.string(), hour: z.string(), monthShares: z.array(share).length(MONTHS) }),
    probabilities: z.array(share).min(2),
    features: z.array(readingFeature).min(1),
    /** Correlation of the normal scores once the hour's mean is taken off, in the order of `features`. */
    correlation: z.array(z.array(z.number().min(-1).max(1))),
    /** Sets of features that are missing in one reading, and in what share of readings. */
    missing: z.array(z.strictObject({ features: z.array(z.string()).min(1), share })),
  })
  .refine(({ features, correlation }) => correlation.length === features.length, "correlation has one row per feature");

export type ReadingDictionary = z.infer<typeof readingDictionary>;

/** A row in /predict's form; null is a missing value. */
export type Reading = Record<string, number | null>;

/** A function that makes up one reading after another. Throws when the dictionary's correlation is not positive definite. */
export function readingSource(dictionary: ReadingDictionary, random: Random): () => Reading {
  const { calendar, features, probabilities } = dictionary;
  const factor = choleskyFactor(dictionary.correlation);
  const residualScale = features.map(({ hourShift }) => Math.sqrt(1 - meanSquare(hourShift)));

  return function nextReading() {
    const month = pick(calendar.monthShares, random) ?? MONTHS - 1;
    const hour = Math.floor(random() * HOURS);
    const independent = features.map(() => standardNormal(random));
    const missing = new Set(
      dictionary.missing[
        pick(
          dictionary.missing.map(({ share }) => share),
          random,
        ) ?? -1
      ]?.features,
    );
    const reading: Reading = {};
    for (const [at, feature] of features.entries()) {
      const residual = (factor[at] as number[]).reduce((sum, weight, other) => sum + weight * (independent[other] as number), 0);
      const score = (feature.hourShift[hour] as number) + (residualScale[at] as number) * residual;
      const value = quantileAt(probabilities, feature.quantilesByMonth[month] as number[], normalProbability(score));
      reading[feature.name] = missing.has(feature.name) ? null : roundToStep(value, feature.step);
    }
    reading[calendar.month] = month + 1;
    reading[calendar.hour] = hour;
    return reading;
  };
}

/** P(Z ≤ score) of the standard normal distribution. */
export const normalProbability = (score: number): number => 0.5 + 0.5 * errorFunction(score / Math.SQRT2);

/** `value` to the nearest multiple of `step`, without the binary fraction's tail (0.1 · 3 is 0.3). */
export const roundToStep = (value: number, step: number): number => Number((Math.round(value / step) * step).toFixed(6));

/** The value at `probability`, linear between the quantiles known. */
export function quantileAt(probabilities: readonly number[], quantiles: readonly number[], probability: number): number {
  let upper = 1;
  while (upper < probabilities.length - 1 && (probabilities[upper] as number) < probability) upper++;
  const from = probabilities[upper - 1] as number;
  const to = probabilities[upper] as number;
  const low = quantiles[upper - 1] as number;
  const high = quantiles[upper] as number;
  const share = Math.min(1, Math.max(0, (probability - from) / (to - from)));
  return low + share * (high - low);
}

/** Lower triangle L with L·Lᵀ = `matrix`. */
export function choleskyFactor(matrix: readonly (readonly number[])[]): number[][] {
  const factor = matrix.map((row) => row.map(() => 0));
  for (let row = 0; row < matrix.length; row++) {
    const current = factor[row] as number[];
    for (let column = 0; column <= row; column++) {
      const other = factor[column] as number[];
      let rest = matrix[row]?.[column] as number;
      for (let at = 0; at < column; at++) rest -= (current[at] as number) * (other[at] as number);
      if (row !== column) current[column] = rest / (other[column] as number);
      else if (rest > 0) current[column] = Math.sqrt(rest);
      else throw new RangeError(`correlation is not positive definite at row ${row}`);
    }
  }
  return factor;
}

/** Index drawn with the given shares; undefined when the draw falls into what they leave of 1. */
function pick(shares: readonly number[], random: Random): number | undefined {
  let rest = random();
  for (const [at, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return at;
  }
  return undefined;
}

const meanSquare = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0) / values.length;
