import { describe, expect, it } from "vitest";
import { METRIC_SERIES_PER_ISOLATE_MAX } from "../../contract/limits.ts";
import type { CurrentFlush } from "../../contract/metric-flush.ts";
import { FLUSH_INTERVAL_MS, Recorder } from "./recorder.ts";
import { coloLabel, methodLabel } from "./request-labels.ts";

const ISOLATE = "00000000-0000-4000-8000-000000000001";
const labels = { model: "m", version: "v1" };
const series = 'predictions_total{model="m",version="v1"}';

async function flushed(recorder: Recorder, nowMs: number): Promise<CurrentFlush | undefined> {
  let sent: CurrentFlush | undefined;
  await recorder.flush(nowMs, async (flush) => void (sent = flush));
  return sent;
}

describe("a flush", () => {
  it("carries what was counted since the last one, at most one in an interval", async () => {
    const recorder = new Recorder(ISOLATE);
    recorder.add("predictions_total", labels, 2);
    expect((await flushed(recorder, 0))?.counters).toContainEqual([series, 2]);
    recorder.add("predictions_total", labels);
    expect(await flushed(recorder, FLUSH_INTERVAL_MS - 1)).toBeUndefined();
    recorder.add("predictions_total", labels);
    expect((await flushed(recorder, FLUSH_INTERVAL_MS))?.counters).toContainEqual([series, 2]);
    expect(await flushed(recorder, 10 * FLUSH_INTERVAL_MS)).toBeUndefined();
    expect(recorder.totals()[series]).toBe(4);
  });

  it("that failed is sent again as it was, with the same sequence, and counted as retried in the next", async () => {
    const recorder = new Recorder(ISOLATE);
    recorder.add("predictions_total", labels);
    let lost: CurrentFlush | undefined;
    await recorder.flush(0, async (flush) => {
      lost = flush;
      throw new Error("nobody knows its fate");
    });
    recorder.add("predictions_total", labels, 5);
    expect(await flushed(recorder, 1_000)).toEqual(lost);
    const next = await flushed(recorder, 2_000);
    expect(next?.sequence).toBe(1);
    expect(next?.counters).toEqual([
      [series, 5],
      ['metrics_flushes_total{outcome="sent"}', 1],
      ['metrics_flushes_total{outcome="retried"}', 1],
    ]);
  });

  it("whose request was ended with it is sent again after a while, and not before", async () => {
    const recorder = new Recorder(ISOLATE);
    recorder.add("predictions_total", labels);
    void recorder.flush(0, () => new Promise(() => {}));
    expect(await flushed(recorder, 34_000)).toBeUndefined();
    expect((await flushed(recorder, 36_000))?.sequence).toBe(0);
  });

  it("is waited for by one request of a burst, whose claim ends when it is overdue", async () => {
    const recorder = new Recorder(ISOLATE);
    recorder.add("predictions_total", labels);
    await flushed(recorder, 0);
    expect(recorder.claimTail(100)).toBeUndefined();
    recorder.add("predictions_total", labels);
    expect(recorder.claimTail(400)).toBe(600);
    expect(recorder.claimTail(500)).toBeUndefined();
    expect(recorder.claimTail(2_001)).toBe(0);
  });

  it("carries a histogram as all of its series, buckets cumulative", async () => {
    const recorder = new Recorder(ISOLATE, () => [["edge_wasm_memory_bytes", 7]]);
    for (const seconds of [0, 0.1, 0.1001, 99, -5]) recorder.observe("request_latency_seconds", {}, seconds);
    const flush = await flushed(recorder, 0);
    const told = new Map(flush?.counters);
    const at = (le: string): number | undefined => told.get(`request_latency_seconds_bucket{le="${le}"}`);
    expect([at("0.001"), at("0.1"), at("0.15"), at("5.0"), at("+Inf")]).toEqual([2, 3, 4, 4, 5]);
    expect(told.get("request_latency_seconds_count")).toBe(5);
    expect(told.get("request_latency_seconds_sum")).toBeCloseTo(99.2001, 10);
    expect(flush?.gauges).toEqual([["edge_wasm_memory_bytes", 7]]);
    recorder.observe("request_latency_seconds", {}, 0.2);
    const second = new Map((await flushed(recorder, 1_000))?.counters);
    expect([second.get('request_latency_seconds_bucket{le="0.1"}'), second.get("request_latency_seconds_count")]).toEqual([0, 1]);
    expect(() => recorder.observe("request_latency_seconds", {}, NaN)).toThrow(/finite/);
  });
});

it("folds label values beyond its limit into other: sums stay true, memory stays bounded", async () => {
  const recorder = new Recorder(ISOLATE);
  for (let index = 0; index < 100_000; index++) recorder.add("predictions_total", { model: "m", version: `v${index}` });
  const { counters } = (await flushed(recorder, 0)) as CurrentFlush;
  const predictions = counters.filter(([text]) => text.startsWith("predictions_total"));
  expect(counters.length).toBeLessThanOrEqual(METRIC_SERIES_PER_ISOLATE_MAX + 5);
  expect(predictions.reduce((sum, [, value]) => sum + value, 0)).toBe(100_000);
  const told = new Map(counters);
  expect(told.get('predictions_total{model="other",version="other"}')).toBe(told.get("metrics_series_dropped_total"));
  expect(told.get("metrics_series_dropped_total")).toBe(100_000 - METRIC_SERIES_PER_ISOLATE_MAX);
});

it("has closed label values for what a caller may choose", () => {
  expect(["GET", "POST", "BREW", "get", ""].map(methodLabel)).toEqual(["GET", "POST", "other", "other", "other"]);
  expect(["FRA", "fra", "FRAX", 'A"B', undefined, 7].map(coloLabel)).toEqual([
    "FRA",
    "other",
    "other",
    "other",
    "other",
    "other",
  ]);
});
