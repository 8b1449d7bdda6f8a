/**
 * Estimates the squared error of what was answered, by the version's error model, once the answers have gone out (edge/idle/): RMSE without truth.
 * Counts sums and rows only; the root is taken by whoever reads them. Which answers are estimated depends on when they came, never on what is in them.
 */
import { ERROR_MODEL_INPUT, type EstimatedVersion } from "../../contract/error-model.ts";
import type { EstimateRowOutcome } from "../../contract/metric-names.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { IdleQueue } from "../idle/idle-queue.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { runModel } from "../predict/run-model.ts";
import type { Picked, WaitUntil } from "../release/fleet.ts";
import type { ModelSession } from "../runtime/model-session.ts";

const FLOAT_BYTES = 4;

export class ErrorEstimates {
  readonly #recorder: Recorder;
  readonly #queue: IdleQueue;

  constructor(recorder: Recorder, queue: IdleQueue) {
    this.#recorder = recorder;
    this.#queue = queue;
  }

  /** Takes an answer to be estimated later, or counts why it is not. */
  add({ model, loaded }: Picked, inputs: readonly Tensor[], outputs: readonly Tensor[], waitUntil: WaitUntil): void {
    const { errorModel, version } = loaded;
    if (errorModel === undefined) return;
    const rows = inputs[0]?.shape[0] ?? 1;
    const count = (outcome: EstimateRowOutcome, of = rows): void => {
      if (of > 0) this.#recorder.add("rmse_estimate_rows_total", { model, version, outcome }, of);
    };
    if (errorModel.state === "refused") return count(errorModel.outcome);
    const { session, of } = errorModel;
    const [features] = inputs;
    const prediction = outputs.find(({ name }) => name === of.output);
    if (!features || !prediction) return count("run_failed");
    const run = (): void => {
      // A newer release took its place while it waited.
      if (session.isRetired) return count("retired");
      const squared = squaredErrors(session, of, features, prediction, rows);
      if (!squared) return count("run_failed");
      let sum = 0;
      let estimated = 0;
      for (let row = 0; row < rows; row++) {
        const value = squared[row] as number;
        if (!Number.isFinite(value)) continue;
        sum += Math.max(0, value);
        estimated++;
      }
      count("estimated", estimated);
      count("not_finite", rows - estimated);
      if (sum > 0) this.#recorder.add("rmse_estimate_squared_error_total", { model, version }, sum);
    };
    const taken = this.#queue.add({ rows, bytes: rows * (of.features + 1) * FLOAT_BYTES, run }, waitUntil);
    if (taken !== "taken") count(taken);
  }
}

/** Undefined where the error model does not answer with one number a row. */
function squaredErrors(
  session: ModelSession,
  { features: width }: EstimatedVersion,
  features: Tensor,
  prediction: Tensor,
  rows: number,
): ArrayLike<number> | undefined {
  const from = features.data as Float32Array;
  const predicted = prediction.data as ArrayLike<number>;
  if (from.length !== rows * width || predicted.length !== rows) return undefined;
  const data = new Float32Array(rows * (width + 1));
  for (let row = 0; row < rows; row++) {
    data.set(from.subarray(row * width, (row + 1) * width), row * (width + 1));
    data[row * (width + 1) + width] = predicted[row] as number;
  }
  const ran = runModel(session, [{ name: ERROR_MODEL_INPUT, datatype: "FP32", shape: [rows, width + 1], data }]);
  const [output] = ran.ok ? ran.value : [];
  if (output?.datatype !== "FP32" || output.data.length !== rows) return undefined;
  // A prediction that is no number has no error to be estimated, though trees take NaN for a missing feature.
  return (output.data as Float32Array).map((value, row) => (Number.isFinite(predicted[row]) ? value : NaN));
}
