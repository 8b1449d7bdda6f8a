/** The sums of one set of rows for one version, whatever its task: a regressor's errors or a classifier's hits. Pure. */
import type { Metrics } from "../gates/evidence.ts";
import type { PredictionOutput } from "./prediction-output.ts";
import { ClassificationSums } from "./scores/classification-sums.ts";
import { RegressionSums } from "./scores/regression-sums.ts";
import type { Prediction } from "./version-scorer.ts";

export interface ScoreSums {
  /** Answers the row's weighted loss: squared error, log loss, or 0 or 1. */
  add(label: number | string, prediction: Prediction, weight: number): number;
  metrics(): Metrics;
}

export function scoreSums(output: PredictionOutput): ScoreSums {
  if (output.task === "regression") {
    const sums = new RegressionSums();
    return {
      add: (label, prediction, weight) =>
        prediction.isFinite ? sums.add(label as number, prediction.number as number, weight) : Number.NaN,
      metrics: () => sums.metrics(),
    };
  }
  const sums = new ClassificationSums(output.kind === "probabilities" ? output.labels : undefined);
  return {
    add: (label, prediction, weight) =>
      prediction.isFinite ? sums.add(label as string, prediction.label as string, prediction.probabilities, weight) : Number.NaN,
    metrics: () => sums.metrics(),
  };
}
