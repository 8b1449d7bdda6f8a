/**
 * The two losses that the trainer knows: derivatives, where to begin, and how a model is scored. `binary:logistic` and `reg:squarederror` of XGBoost.
 * Source: Chen & Guestrin 2016, section 2.2 (first and second derivatives of the loss).
 */
import type { TrainingJob } from "../../contract/training-job.ts";
import type { Transform } from "../onnx/transform.ts";
import type { Gradients } from "./histogram.ts";
import type { Table } from "./table.ts";

export interface Loss {
  transform: Transform;
  /** The score that early stopping watches; smaller is better. */
  score: { name: "rmse" | "log_loss"; of: (table: Table, margins: Float32Array) => number };
  /** All metrics of a model, by name. */
  metrics: (table: Table, margins: Float32Array) => Record<string, number>;
  /** A prediction as a margin: what the trees add to. */
  toMargin: (prediction: number) => number;
  toPrediction: (margin: number) => number;
  /** Why a label cannot be; undefined when it can. */
  refuse: (label: number) => string | undefined;
  setGradients: (gradients: Gradients, table: Table, margins: Float32Array) => void;
}

type Task = TrainingJob["task"];

export const lossOf = (task: Task): Loss => LOSSES[task];

/** XGBoost keeps the second derivative of the logistic loss from vanishing. */
const HESSIAN_MIN = 1e-16;
/** A probability of 0 or 1 that is wrong would cost infinitely much. */
const PROBABILITY_MIN = 1e-15;

/** Where all labels are alike, the margin to begin with would be infinite (XGBoost's kRtEps). */
const MEAN_MIN = 1e-6;

const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));

const LOSSES: Record<Task, Loss> = {
  regression: {
    transform: "identity",
    score: { name: "rmse", of: rmse },
    metrics: (table, margins) => ({
      rmse: rmse(table, margins),
      mae: weightedMean(table, (label, row) => Math.abs((margins[row] as number) - label)),
    }),
    toMargin: (prediction) => prediction,
    toPrediction: (margin) => margin,
    refuse: () => undefined,
    setGradients(gradients, { label, weight, rows }, margins) {
      for (let row = 0; row < rows; row++) {
        const rowWeight = weight === undefined ? 1 : (weight[row] as number);
        gradients[2 * row] = ((margins[row] as number) - (label[row] as number)) * rowWeight;
        gradients[2 * row + 1] = rowWeight;
      }
    },
  },
  binary_classification: {
    transform: "sigmoid",
    score: { name: "log_loss", of: logLoss },
    metrics: (table, margins) => ({
      log_loss: logLoss(table, margins),
      accuracy: weightedMean(table, (label, row) => Number((margins[row] as number) > 0 === (label === 1))),
    }),
    toMargin: (probability) => -Math.log(1 / Math.min(1 - MEAN_MIN, Math.max(MEAN_MIN, probability)) - 1),
    toPrediction: sigmoid,
    refuse: (label) => (label === 0 || label === 1 ? undefined : `${label} is not 0 or 1`),
    setGradients(gradients, { label, weight, rows }, margins) {
      for (let row = 0; row < rows; row++) {
        const rowWeight = weight === undefined ? 1 : (weight[row] as number);
        const probability = sigmoid(margins[row] as number);
        gradients[2 * row] = (probability - (label[row] as number)) * rowWeight;
        gradients[2 * row + 1] = Math.max(HESSIAN_MIN, probability * (1 - probability)) * rowWeight;
      }
    },
  },
};

function rmse(table: Table, margins: Float32Array): number {
  return Math.sqrt(weightedMean(table, (label, row) => ((margins[row] as number) - label) ** 2));
}

function logLoss(table: Table, margins: Float32Array): number {
  return weightedMean(table, (label, row) => {
    const probability = sigmoid(margins[row] as number);
    return -Math.log(Math.max(PROBABILITY_MIN, label === 1 ? probability : 1 - probability));
  });
}

/** Of something about each row, by the rows' weights. */
export function weightedMean({ label, weight, rows }: Table, of: (label: number, row: number) => number): number {
  let sum = 0;
  let weights = 0;
  for (let row = 0; row < rows; row++) {
    const rowWeight = weight === undefined ? 1 : (weight[row] as number);
    sum += rowWeight * of(label[row] as number, row);
    weights += rowWeight;
  }
  return sum / weights;
}
