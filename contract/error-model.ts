/**
 * The error model of a version: a small second model that expects, row by row, the squared error of the version's prediction, so that RMSE can be
 * estimated while the truth is late (direct loss estimation). What both sides must agree on of it; fitting is control-plane/error-model/, using
 * it edge/error-model/.
 */
import type { Manifest } from "./manifest.ts";
import { scoredOutput } from "./scored-output.ts";

/** FP32 [rows, features + 1]: the version's features in order, then its prediction. */
export const ERROR_MODEL_INPUT = "features";
/** FP32 [rows, 1]: the squared error expected, in the label's unit squared. A sum of trees may fall below 0, which counts as 0. */
export const ERROR_MODEL_OUTPUT = "prediction";

/** How a version must be to have one: one FP32 input of columns, and one number a row predicted. */
export interface EstimatedVersion {
  input: string;
  features: number;
  /** Name of the output with the prediction. */
  output: string;
}

/** Undefined: a version like this gets no error model. */
export function estimatedVersion({ inputs, outputs }: Pick<Manifest, "inputs" | "outputs">): EstimatedVersion | undefined {
  const [input, ...others] = inputs;
  const scored = scoredOutput(outputs);
  if (!input || others.length > 0 || scored?.form !== "value") return undefined;
  const [rows, features, ...more] = input.shape;
  if (input.datatype !== "FP32" || rows !== -1 || features === undefined || features < 1 || more.length > 0) return undefined;
  return { input: input.name, features, output: scored.output };
}
