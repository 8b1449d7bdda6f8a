import { describe, expect, it } from "vitest";
import { IDLE_QUEUE_JOBS_MAX, IDLE_ROWS_MAX } from "../../contract/limits.ts";
import { seriesText } from "../../contract/series-text.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { IdleQueue } from "../idle/idle-queue.ts";
import { Recorder } from "../metrics/recorder.ts";
import type { Picked } from "../release/fleet.ts";
import type { ShadowVersion } from "./shadow-version.ts";
import { ShadowQueue, type Answered } from "./shadow-queue.ts";

const tensor = (name: string, rows: number): Tensor => ({
  name,
  datatype: "FP32",
  shape: [rows, 1],
  data: new Float32Array(rows).fill(1),
});
const answered = (rows = 1, instances?: readonly unknown[]): Answered => ({
  inputs: [tensor("x", rows)],
  outputs: [tensor("y", rows)],
  instances,
});

/** A queue with a shadow whose session runs `run`, what was counted of it, and the end of all its work. */
function queued(run: () => Tensor[] = () => [tensor("y", 1)], more: Partial<ShadowVersion> = {}) {
  const recorder = new Recorder("00000000-0000-4000-8000-000000000001");
  const session = { run, isRetired: false };
  const loaded = {
    version: "v2",
    session,
    manifest: { outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }] },
    encodeInstances: (rows: readonly unknown[]) => ({ ok: true, value: [tensor("x", rows.length)] }),
  };
  const shadow = {
    loaded,
    tolerance: { absolute: 0, relative: 0 },
    takesStableInputs: true,
    ...more,
  } as unknown as ShadowVersion;
  const picked = { model: "m", generation: 1, loaded, shadow } as unknown as Picked;
  const work: Promise<unknown>[] = [];
  let sent = 0;
  const queue = new ShadowQueue(recorder, new IdleQueue(Date.now, async () => void sent++));
  return {
    session,
    add: (answer: Answered) => queue.add(picked, answer, (promise) => void work.push(promise)),
    ended: async () => {
      await Promise.all(work);
      const count = (name: "shadow_requests_total" | "shadow_rows_total", outcome: string): number =>
        recorder.totals()[seriesText(name, { model: "m", version: "v2", outcome })] ?? 0;
      return { count, sent, runs: work.length };
    },
  };
}

describe("a shadow's queue", () => {
  it("scores nothing before the answer is out, then everything, in one run that sends its counts", async () => {
    let runs = 0;
    const { add, ended } = queued(() => (runs++, [tensor("y", 1)]));
    for (let at = 0; at < 10; at++) add(answered());
    expect(runs).toBe(0);
    const end = await ended();
    expect([runs, end.count("shadow_requests_total", "scored"), end.count("shadow_rows_total", "agreed")]).toEqual([10, 10, 10]);
    expect([end.runs, end.sent]).toEqual([1, 1]);
  });

  it("holds so many answers and counts those that it cannot", async () => {
    const { add, ended } = queued();
    for (let at = 0; at < IDLE_QUEUE_JOBS_MAX + 36; at++) add(answered());
    const { count } = await ended();
    expect([count("shadow_requests_total", "scored"), count("shadow_requests_total", "behind")]).toEqual([
      IDLE_QUEUE_JOBS_MAX,
      36,
    ]);
  });

  it("counts what it skips: too many rows, tensors that are not the shadow's, a shadow that was retired meanwhile", async () => {
    const large = queued();
    large.add(answered(IDLE_ROWS_MAX + 1));
    expect((await large.ended()).count("shadow_requests_total", "too_large")).toBe(1);
    const other = queued(undefined, { takesStableInputs: false });
    other.add(answered());
    other.add(answered(1, [[1]]));
    const { count } = await other.ended();
    expect([count("shadow_requests_total", "inputs_differ"), count("shadow_requests_total", "scored")]).toEqual([1, 1]);
    const retired = queued();
    retired.add(answered());
    retired.session.isRetired = true;
    expect((await retired.ended()).count("shadow_requests_total", "retired")).toBe(1);
  });

  it("counts the shadow's errors by row and goes on", async () => {
    let at = 0;
    const { add, ended } = queued(() => {
      if (at++ === 0) throw new Error("broken");
      return [tensor("y", 3)];
    });
    add(answered(3));
    add(answered(3));
    const { count } = await ended();
    expect([count("shadow_rows_total", "inference_failed"), count("shadow_rows_total", "agreed")]).toEqual([3, 3]);
  });
});
