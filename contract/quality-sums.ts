/**
 * What is kept of scored predictions: sums from which every figure of live quality follows, and which add up over ledgers, hours, groups and
 * versions. Adding one outcome, and merging. The figures themselves are quality-figures.ts.
 *
 * Numerically stable: errors are summed with compensation, the spread of the truth by Welford's update and Chan's merge, because a mean square
 * less a squared mean would lose all digits where the truth is large and varies little.
 * (Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", Stanford STAN-CS-79-773, 1979.)
 */
import * as z from "zod";
import { addSum, addTerm, compensatedSum, emptySum } from "./compensated-sum.ts";
import { addSketch, addValue, quantileSketch } from "./quantile-sketch.ts";

/** Predictions and truths beyond it are refused: the square of an error and the sum of many must stay finite. */
export const SCORED_MAX = 1e100;
/** A probability of 0 for what was true has an infinite log loss; it counts as this one, float32's epsilon as scikit-learn has it. */
export const PROBABILITY_MIN = 2 ** -23;

const valueSums = z.strictObject({
  count: z.int().nonnegative(),
  /** Of prediction − truth. */
  error: compensatedSum,
  squaredError: compensatedSum,
  absoluteError: compensatedSum,
  absoluteErrors: quantileSketch,
  /** Mean of the truth, and the sum of its squared deviations from it. */
  actual: z.strictObject({ mean: compensatedSum, squaredDeviation: compensatedSum }),
});

const classSums = z.strictObject({
  count: z.int().nonnegative(),
  correct: z.int().nonnegative(),
  logLoss: compensatedSum,
  /** Count by `predicted,actual`, both places in the manifest's order of classes. */
  confusion: z.record(z.string().regex(/^\d{1,2},\d{1,2}$/), z.int().positive()),
});

export const qualitySums = z.strictObject({
  schema: z.literal(1),
  /** Predictions scored, of either kind. */
  count: z.int().nonnegative(),
  /** Seconds from prediction to truth. */
  delay: z.strictObject({ seconds: compensatedSum, sketch: quantileSketch }),
  values: valueSums,
  classes: classSums,
});

export type QualitySums = z.infer<typeof qualitySums>;

/** One prediction beside its truth. */
export type Outcome = { delaySeconds: number } & (
  | { form: "value"; predicted: number; actual: number }
  /** `actual` is the place of the true class. */
  | { form: "class"; probabilities: readonly number[]; actual: number }
);

export const emptyQuality = (): QualitySums => ({
  schema: 1,
  count: 0,
  delay: { seconds: emptySum(), sketch: {} },
  values: {
    count: 0,
    error: emptySum(),
    squaredError: emptySum(),
    absoluteError: emptySum(),
    absoluteErrors: {},
    actual: { mean: emptySum(), squaredDeviation: emptySum() },
  },
  classes: { count: 0, correct: 0, logLoss: emptySum(), confusion: {} },
});

/** Adds one outcome to `to` itself. Its numbers are finite and within SCORED_MAX. */
export function addOutcome(to: QualitySums, outcome: Outcome): void {
  to.count++;
  const delaySeconds = Math.max(0, outcome.delaySeconds);
  addTerm(to.delay.seconds, delaySeconds);
  addValue(to.delay.sketch, delaySeconds);
  if (outcome.form === "value") addValueOutcome(to.values, outcome.predicted, outcome.actual);
  else addClassOutcome(to.classes, outcome.probabilities, outcome.actual);
}

/** Adds `other` to `to` itself: as if `to` had seen what both saw. */
export function addQuality(to: QualitySums, other: QualitySums): void {
  to.count += other.count;
  addSum(to.delay.seconds, other.delay.seconds);
  addSketch(to.delay.sketch, other.delay.sketch);
  mergeActual(to.values, other.values);
  to.values.count += other.values.count;
  for (const part of ["error", "squaredError", "absoluteError"] as const) addSum(to.values[part], other.values[part]);
  addSketch(to.values.absoluteErrors, other.values.absoluteErrors);
  to.classes.count += other.classes.count;
  to.classes.correct += other.classes.correct;
  addSum(to.classes.logLoss, other.classes.logLoss);
  for (const [cell, count] of Object.entries(other.classes.confusion)) addCell(to.classes.confusion, cell, count);
}

/** Place of the largest of the `classes` probabilities from `from` on; of equal ones the first, as numpy's argmax. */
export function likeliest(probabilities: ArrayLike<number>, from = 0, classes = probabilities.length): number {
  let best = 0;
  for (let place = 1; place < classes; place++) {
    if ((probabilities[from + place] as number) > (probabilities[from + best] as number)) best = place;
  }
  return best;
}

// --- Not exported ---

type ValueSums = QualitySums["values"];

function addValueOutcome(to: ValueSums, predicted: number, actual: number): void {
  const error = predicted - actual;
  to.count++;
  addTerm(to.error, error);
  addTerm(to.squaredError, error * error);
  addTerm(to.absoluteError, Math.abs(error));
  addValue(to.absoluteErrors, Math.abs(error));
  const { mean, squaredDeviation } = to.actual;
  const before = actual - mean.sum - mean.rest;
  addTerm(mean, before / to.count);
  addTerm(squaredDeviation, before * (actual - mean.sum - mean.rest));
}

function addClassOutcome(to: QualitySums["classes"], probabilities: readonly number[], actual: number): void {
  const predicted = likeliest(probabilities);
  to.count++;
  if (predicted === actual) to.correct++;
  const probability = Math.min(1, Math.max(PROBABILITY_MIN, probabilities[actual] as number));
  addTerm(to.logLoss, -Math.log(probability));
  addCell(to.confusion, `${predicted},${actual}`, 1);
}

function mergeActual(to: ValueSums, other: ValueSums): void {
  if (other.count === 0) return;
  const share = other.count / (to.count + other.count);
  const { mean, squaredDeviation } = to.actual;
  const apart = other.actual.mean.sum - mean.sum + (other.actual.mean.rest - mean.rest);
  addTerm(mean, apart * share);
  addSum(squaredDeviation, other.actual.squaredDeviation);
  addTerm(squaredDeviation, apart * apart * to.count * share);
}

function addCell(confusion: QualitySums["classes"]["confusion"], cell: string, count: number): void {
  confusion[cell] = (confusion[cell] ?? 0) + count;
}
