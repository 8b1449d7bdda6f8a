/**
 * Scores a release's shadow on the inputs of answers that have gone out. Only in the isolate's idle moments: it waits a tick, and goes on waiting
 * while new answers come, but for one score now and then so that a busy isolate tells something too. What it cannot hold it skips and counts.
 * No caller waits for it or sees it, and it holds plain data only: a request's own objects may not be touched once it has ended.
 */
import { SHADOW_QUEUE_BYTES_MAX, SHADOW_QUEUE_JOBS_MAX, SHADOW_ROWS_MAX } from "../../contract/limits.ts";
import type { ShadowRowOutcome, ShadowSkip } from "../../contract/metric-names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { pause } from "../metrics/after-answers.ts";
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
  bytes: number;
}

/** Between two looks while the isolate is busy. */
const BUSY_PAUSE_MS = 5;
/** A busy isolate still scores, and then rests for so long for every so many rows: a few percent of its time. */
const REST_MS = 5;
const REST_ROWS = 32;
/** `waitUntil` ends 30 s after its request; the next answer begins another run. */
const RUN_MS_MAX = 20_000;
/** A run that has given no sign for this long was ended with the request that carried it. */
const RUN_DEAD_MS = 5_000;

export class ShadowQueue {
  readonly #recorder: Recorder;
  readonly #clock: () => number;
  readonly #send: () => Promise<void>;
  #jobs: Job[] = [];
  #bytes = 0;
  /** Answers since the last look. */
  #arrived = 0;
  #signMs = -Infinity;

  /** `send` sends what is due of the recorder's counts: after the last answer of a burst nobody else would send what was scored since. */
  constructor(recorder: Recorder, clock: () => number, send: () => Promise<void>) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#send = send;
  }

  /** Takes an answer to be scored later, or counts that it does not. */
  add({ model, shadow }: Picked, { inputs, outputs, instances }: Answered, waitUntil: WaitUntil): void {
    if (shadow === undefined) return;
    this.#arrived++;
    const rows = inputs[0]?.shape[0] ?? 1;
    const kept = shadow.takesStableInputs ? undefined : instances;
    // Rows as objects take several times what their tensors do.
    const bytes = (kept === undefined ? 1 : 8) * bytesOf(inputs) + bytesOf(outputs);
    if (!shadow.takesStableInputs && instances === undefined) return this.#skip(model, shadow, "inputs_differ");
    if (rows > SHADOW_ROWS_MAX || bytes > SHADOW_QUEUE_BYTES_MAX) return this.#skip(model, shadow, "too_large");
    const isBehind = this.#jobs.length >= SHADOW_QUEUE_JOBS_MAX || this.#bytes + bytes > SHADOW_QUEUE_BYTES_MAX;
    if (isBehind) this.#skip(model, shadow, "behind");
    else {
      this.#jobs.push({ model, shadow, inputs, outputs, instances: kept, rows, bytes });
      this.#bytes += bytes;
    }
    const nowMs = this.#clock();
    if (nowMs - this.#signMs < RUN_DEAD_MS) return;
    this.#signMs = nowMs;
    waitUntil(this.#run(nowMs));
  }

  async #run(startedMs: number): Promise<void> {
    let restUntilMs = startedMs;
    let nowMs = startedMs;
    try {
      while (this.#jobs.length > 0 && nowMs - startedMs < RUN_MS_MAX) {
        const isBusy = this.#arrived > 0;
        this.#arrived = 0;
        await pause(isBusy ? BUSY_PAUSE_MS : 0);
        nowMs = this.#clock();
        this.#signMs = nowMs;
        if (this.#arrived > 0 && nowMs < restUntilMs) continue;
        const job = this.#jobs.shift();
        if (job === undefined) break;
        this.#bytes -= job.bytes;
        restUntilMs = nowMs + REST_MS * Math.ceil(job.rows / REST_ROWS);
        this.#score(job);
      }
    } finally {
      this.#signMs = -Infinity;
    }
    await this.#send();
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
