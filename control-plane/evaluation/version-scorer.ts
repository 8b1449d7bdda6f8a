/** One version over the rows of a set: batches in, each row's prediction out, and what was not finite counted. Runs in the child process. */
import type { InstanceEncoder } from "../../contract/instances.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { Gap } from "../gates/evidence.ts";
import type { Probe } from "../inspection/probe.ts";
import type { SetDrift } from "./set-drift.ts";
import type { PredictionOutput } from "./prediction-output.ts";

export type Prediction =
  | { isFinite: true; number: number; label: undefined; probabilities: undefined }
  | { isFinite: true; number: undefined; label: string; probabilities: ArrayLike<number> | undefined }
  | { isFinite: false };

export class VersionScorer {
  readonly version: string;
  readonly #probe: Probe;
  readonly #encode: InstanceEncoder;
  readonly #output: PredictionOutput;
  readonly #drift: SetDrift | undefined;
  #notFinite: { rows: number; firstRow: number } | undefined;

  /** `encode` is of the version's own inputs; `drift` is told of every row that the version is given. */
  constructor(
    version: string,
    {
      encode,
      probe,
      output,
      drift,
    }: { encode: InstanceEncoder; probe: Probe; output: PredictionOutput; drift?: SetDrift | undefined },
  ) {
    this.version = version;
    this.#probe = probe;
    this.#encode = encode;
    this.#output = output;
    this.#drift = drift;
  }

  /** Why the version cannot be judged on what it has predicted so far; undefined: it can. */
  get gap(): Gap | undefined {
    return this.#notFinite && { reason: "predictions_not_finite", version: this.version, ...this.#notFinite };
  }

  /** Predictions for rows in feature order, of which the first is row `firstRow` of the set. */
  async predict(rows: readonly unknown[][], firstRow: number): Promise<Result<Prediction[], Gap>> {
    const tensors = this.#encode(rows);
    if (!tensors.ok) {
      const { row, ...problem } = tensors.failure as { row?: number; reason: string };
      const where = row === undefined ? "" : `row ${firstRow + row}: `;
      return fail({
        reason: "scoring_failed",
        version: this.version,
        detail: `${where}${JSON.stringify(problem)}`.slice(0, 500),
      });
    }
    this.#drift?.count(tensors.value, rows.length);
    const ran = await this.#probe.run(tensors.value, [this.#output.output]);
    if (!ran.ok) {
      const detail =
        ran.failure.reason === "out_of_memory" ? `it asked for ${ran.failure.bytes} bytes of WASM memory` : ran.failure.detail;
      return fail({ reason: "scoring_failed", version: this.version, detail: detail.slice(0, 500) });
    }
    const [tensor] = ran.value as [Tensor];
    if (tensor.shape[0] !== rows.length) {
      const detail = `its output has the shape [${tensor.shape.join(", ")}] for ${rows.length} rows`;
      return fail({ reason: "scoring_failed", version: this.version, detail });
    }
    return succeed(rows.map((_, at) => this.#noting(predictionAt(tensor, at, this.#output), firstRow + at)));
  }

  #noting(prediction: Prediction, row: number): Prediction {
    if (!prediction.isFinite)
      this.#notFinite = { rows: (this.#notFinite?.rows ?? 0) + 1, firstRow: this.#notFinite?.firstRow ?? row };
    return prediction;
  }
}

function predictionAt({ data }: Tensor, row: number, output: PredictionOutput): Prediction {
  if (output.task === "regression") {
    const number = Number(data[row]);
    return Number.isFinite(number) ? { isFinite: true, number, label: undefined, probabilities: undefined } : { isFinite: false };
  }
  if (output.kind === "label") return { isFinite: true, number: undefined, label: String(data[row]), probabilities: undefined };
  const width = output.labels.length;
  const probabilities = (data as Float32Array).slice(row * width, (row + 1) * width);
  let best = 0;
  for (let column = 0; column < width; column++) {
    if (!Number.isFinite(probabilities[column])) return { isFinite: false };
    if ((probabilities[column] as number) > (probabilities[best] as number)) best = column;
  }
  return { isFinite: true, number: undefined, label: output.labels[best] as string, probabilities };
}
