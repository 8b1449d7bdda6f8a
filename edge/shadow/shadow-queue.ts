/**
 * Scores a release's shadow on the inputs of answers that have gone out, in the isolate's idle moments (edge/idle/). What the queue cannot hold it skips
 * and counts. No caller waits for it or sees it.
 */
import type { ShadowRowOutcome, ShadowSkip } from "../../contract/metric-names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { IdleQueue } from "../idle/idle-queue.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { runModel } from "../predict/run-model.ts";
import type { Picked, WaitUntil } from "../release/fleet.ts";
import { compareOutputs } from "./compare-outputs.ts";
import type { ShadowVersion } from "./shadow-version.ts";

export interface Answered {
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  /** The rows as the caller wrote them; undefined where the caller sent tensors. */
  instances: readonly unknown[] | undefined;
}

interface Job extends Answered {
  model: string;
  shadow: ShadowVersion;
  rows: number;
}

export class ShadowQueue {
  readonly #recorder: Recorder;
  readonly #queue: IdleQueue;

  constructor(recorder: Recorder, queue: IdleQueue) {
    this.#recorder = recorder;
    this.#queue = queue;
  }

  /** Takes an answer to be scored later, or counts that it does not. */
  add({ model, shadow }: Picked, { inputs, outputs, instances }: Answered, waitUntil: WaitUntil): void {
    if (shadow === undefined) return;
    const kept = shadow.takesStableInputs ? undefined : instances;
    if (!shadow.takesStableInputs && instances === undefined) return this.#skip(model, shadow, "inputs_differ");
    const rows = inputs[0]?.shape[0] ?? 1;
    // Rows as objects take several times what their tensors do.
    const bytes = (kept === undefined ? 1 : 8) * bytesOf(inputs) + bytesOf(outputs);
    const job = { model, shadow, inputs, outputs, instances: kept, rows };
    const taken = this.#queue.add({ rows, bytes, run: () => this.#score(job) }, waitUntil);
    if (taken !== "taken") this.#skip(model, shadow, taken);
  }

  #score(job: Job): void {
    const { model, shadow, outputs, rows } = job;
    const { loaded, tolerance } = shadow;
    const labels = { model, version: loaded.version };
    // A newer release took its place while it waited.
    if (loaded.session.isRetired) return this.#skip(model, shadow, "retired");
    this.#recorder.add("shadow_requests_total", { ...labels, outcome: "scored" });
    const scored = shadowOutputs(job);
    if (!scored.ok) return this.#countRows(labels, scored.failure, rows);
    const compared = compareOutputs(outputs, scored.value, loaded.manifest.outputs, tolerance);
    if (compared === undefined) return this.#countRows(labels, "outputs_differ", rows);
    this.#countRows(labels, "agreed", compared.agreed);
    this.#countRows(labels, "disagreed", compared.disagreed);
    this.#countRows(labels, "output_not_finite", compared.notFinite);
    for (const difference of compared.differences) {
      const direction = difference < 0 ? "lower" : "higher";
      this.#recorder.observe("shadow_difference", { ...labels, direction }, Math.abs(difference));
    }
  }

  #countRows(labels: { model: string; version: string }, outcome: ShadowRowOutcome, rows: number): void {
    if (rows > 0) this.#recorder.add("shadow_rows_total", { ...labels, outcome }, rows);
  }

  #skip(model: string, { loaded }: ShadowVersion, outcome: ShadowSkip): void {
    this.#recorder.add("shadow_requests_total", { model, version: loaded.version, outcome });
  }
}

function shadowOutputs({ shadow, inputs, outputs, instances }: Job): Result<Tensor[], ShadowRowOutcome> {
  const { loaded } = shadow;
  const names = outputs.map(({ name }) => name);
  const known = new Set(loaded.manifest.outputs.map(({ name }) => name));
  if (!names.every((name) => known.has(name))) return fail("outputs_differ");
  const encoded = instances === undefined ? succeed(inputs) : loaded.encodeInstances(instances);
  if (!encoded.ok) return fail("inputs_refused");
  const run = runModel(loaded.session, encoded.value, names);
  return run.ok ? run : fail(run.failure.reason);
}

function bytesOf(tensors: readonly Tensor[]): number {
  let bytes = 0;
  for (const { data } of tensors) {
    if (ArrayBuffer.isView(data)) bytes += data.byteLength;
    else for (const text of data) bytes += 2 * text.length + 16;
  }
  return bytes;
}
