/**
 * Computes the dictionary of readings (control-plane/cli/traffic/readings.ts) from hourly records. Pure: records in, figures out.
 * Normal scores are taken within each month, so that the seasons stay in the quantiles and only the weather in the correlations.
 */
import { probit, quantileSorted, sampleCorrelation } from "simple-statistics";
import { roundToStep, type ReadingDictionary } from "../../control-plane/cli/traffic/readings.ts";

export interface HourlyRecord {
  /** 1 to 12. */
  month: number;
  /** 0 to 23. */
  hour: number;
  /** In the order of the feature names; null is missing. */
  values: readonly (number | null)[];
}

export interface FeatureForm {
  name: string;
  step: number;
}

const PROBABILITIES = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1];
const MONTHS = Array.from({ length: 12 }, (_, at) => at + 1);
const HOURS = Array.from({ length: 24 }, (_, at) => at);
/** A set of features missing together less often than this is chance, not a habit of the instruments. */
const MISSING_SHARE_MIN = 1e-4;

/** The dictionary of `records`, without its description and source. */
export function readingFigures(
  records: readonly HourlyRecord[],
  forms: readonly FeatureForm[],
): Omit<ReadingDictionary, "schema" | "description" | "source"> {
  const scores = forms.map((_, feature) => normalScoresByMonth(records, feature));
  const hourShifts = scores.map((featureScores) => HOURS.map((hour) => meanAtHour(records, featureScores, hour)));
  return {
    rows: records.length,
    calendar: {
      month: "month",
      hour: "hour",
      monthShares: MONTHS.map((month) => round(records.filter((record) => record.month === month).length / records.length, 6)),
    },
    probabilities: PROBABILITIES,
    features: forms.map((form, feature) => ({
      ...form,
      quantilesByMonth: MONTHS.map((month) => {
        const sorted = presentSorted(records, feature, month);
        return PROBABILITIES.map((probability) => roundToStep(quantileSorted(sorted, probability), form.step));
      }),
      hourShift: (hourShifts[feature] as number[]).map((shift) => round(shift, 4)),
    })),
    correlation: residualCorrelation(records, scores, hourShifts),
    missing: missingSets(records, forms),
  };
}

function presentSorted(records: readonly HourlyRecord[], feature: number, month: number): number[] {
  const present = records.flatMap((record) => (record.month === month ? [record.values[feature] ?? []] : [])).flat();
  return present.toSorted((a, b) => a - b);
}

/** Normal score of each record's value among its month's values; ties share the middle of their ranks; null stays null. */
function normalScoresByMonth(records: readonly HourlyRecord[], feature: number): (number | null)[] {
  const scoreOf = new Map<number, Map<number, number>>();
  for (const month of MONTHS) {
    const sorted = presentSorted(records, feature, month);
    const byValue = new Map<number, number>();
    for (let first = 0, next = 0; first < sorted.length; first = next) {
      while (next < sorted.length && sorted[next] === sorted[first]) next++;
      byValue.set(sorted[first] as number, probit((first + next) / 2 / sorted.length));
    }
    scoreOf.set(month, byValue);
  }
  return records.map(({ month, values }) => scoreOf.get(month)?.get(values[feature] ?? Number.NaN) ?? null);
}

function meanAtHour(records: readonly HourlyRecord[], scores: readonly (number | null)[], hour: number): number {
  const atHour = scores.filter((score, at) => score !== null && records[at]?.hour === hour) as number[];
  return atHour.reduce((sum, score) => sum + score, 0) / atHour.length;
}

/** Over the records that lack nothing, so that the matrix is positive definite. */
function residualCorrelation(
  records: readonly HourlyRecord[],
  scores: readonly (readonly (number | null)[])[],
  hourShifts: readonly (readonly number[])[],
): number[][] {
  const complete = [...records.keys()].filter((at) => scores.every((featureScores) => featureScores[at] !== null));
  const residuals = scores.map((featureScores, feature) =>
    complete.map((at) => (featureScores[at] as number) - (hourShifts[feature]?.[records[at]?.hour ?? 0] as number)),
  );
  return residuals.map((a, row) => residuals.map((b, column) => (row === column ? 1 : round(sampleCorrelation(a, b), 4))));
}

function missingSets(records: readonly HourlyRecord[], forms: readonly FeatureForm[]): ReadingDictionary["missing"] {
  const counts = new Map<string, number>();
  for (const { values } of records) {
    const names = forms.filter((_, feature) => values[feature] === null).map(({ name }) => name);
    if (names.length > 0) counts.set(names.join(" "), (counts.get(names.join(" ")) ?? 0) + 1);
  }
  return [...counts]
    .map(([names, count]) => ({ features: names.split(" "), share: round(count / records.length, 6) }))
    .filter(({ share }) => share >= MISSING_SHARE_MIN)
    .toSorted((a, b) => b.share - a.share);
}

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));
