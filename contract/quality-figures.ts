/** The figures of live quality from its sums. Null is "cannot be said", never 0: no truth yet, another kind of model, or a truth that never varied. */
import * as z from "zod";
import { valueOf } from "./compensated-sum.ts";
import { sketchQuantile } from "./quantile-sketch.ts";
import type { QualitySums } from "./quality-sums.ts";

const figure = z.number().nullable();

export const qualityFigures = z.object({
  /** Predictions whose truth is known and counted. */
  count: z.int().nonnegative(),
  /** Root of the mean squared error, in the prediction's unit; for classifiers null, as are the next four. */
  rmse: figure,
  mae: figure,
  /** Mean of prediction − truth. */
  bias: figure,
  /** 1 − squared errors / squared deviations of the truth from its mean; null where the truth did not vary. */
  r2: figure,
  /** Within 1 % of the exact one (quantile-sketch.ts). */
  absoluteErrorP95: figure,
  /** For classifiers, as are the next two. */
  accuracy: figure,
  /** Natural logarithm, mean over predictions. */
  logLoss: figure,
  /** Count by predicted and actual place of the class in the manifest's order. */
  confusion: z.array(z.object({ predicted: z.int(), actual: z.int(), count: z.int() })).nullable(),
  /** From prediction to truth; quantiles within 1 %. */
  delay: z.object({ meanSeconds: z.number(), p50Seconds: z.number(), p95Seconds: z.number() }).nullable(),
});

export type QualityFigures = z.infer<typeof qualityFigures>;

export function figuresOf({ count, delay, values, classes }: QualitySums): QualityFigures {
  const squaredError = valueOf(values.squaredError);
  const squaredDeviation = valueOf(values.actual.squaredDeviation);
  return {
    count,
    rmse: ratio(squaredError, values.count, Math.sqrt),
    mae: ratio(valueOf(values.absoluteError), values.count),
    bias: ratio(valueOf(values.error), values.count),
    r2: values.count > 0 && squaredDeviation > 0 ? 1 - squaredError / squaredDeviation : null,
    absoluteErrorP95: sketchQuantile(values.absoluteErrors, 0.95) ?? null,
    accuracy: ratio(classes.correct, classes.count),
    logLoss: ratio(valueOf(classes.logLoss), classes.count),
    confusion: classes.count > 0 ? Object.entries(classes.confusion).map(cellOf) : null,
    delay: count > 0 ? delayOf(count, delay) : null,
  };
}

function delayOf(count: number, { seconds, sketch }: QualitySums["delay"]): QualityFigures["delay"] {
  const quantile = (at: number): number => sketchQuantile(sketch, at) ?? 0;
  return { meanSeconds: valueOf(seconds) / count, p50Seconds: quantile(0.5), p95Seconds: quantile(0.95) };
}

function cellOf([cell, count]: [string, number]): { predicted: number; actual: number; count: number } {
  const [predicted = 0, actual = 0] = cell.split(",").map(Number);
  return { predicted, actual, count };
}

const ratio = (sum: number, count: number, of: (mean: number) => number = (mean) => mean): number | null =>
  count > 0 ? of(sum / count) : null;
