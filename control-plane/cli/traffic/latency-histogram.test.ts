import { expect, it } from "vitest";
import { emptyHistogram, mergedHistogram, percentileMs, recordLatency } from "./latency-histogram.ts";
import { seededRandom } from "./random.ts";

function filled(values: readonly number[]): ReturnType<typeof emptyHistogram> {
  const histogram = emptyHistogram();
  for (const value of values) recordLatency(histogram, value);
  return histogram;
}

it("has no percentile of nothing", () => {
  expect(percentileMs(emptyHistogram(), 0.5)).toBeNull();
});

it("is within 1 % of the exact nearest-rank percentile, from microseconds to minutes", () => {
  const random = seededRandom(1);
  const values = Array.from({ length: 20_000 }, () => 0.05 * 1e6 ** random());
  const sorted = values.toSorted((a, b) => a - b);
  for (const percentile of [0.01, 0.5, 0.95, 0.99, 1]) {
    const exact = sorted[Math.ceil(percentile * sorted.length) - 1] as number;
    expect((percentileMs(filled(values), percentile) as number) / exact).toBeGreaterThan(0.989);
    expect((percentileMs(filled(values), percentile) as number) / exact).toBeLessThan(1.011);
  }
});

it("never reports more than the largest latency, and keeps that one exactly", () => {
  const histogram = filled([100.4]);
  expect(histogram.maxMs).toBe(100.4);
  expect(percentileMs(histogram, 0.99)).toBeLessThanOrEqual(100.4);
});

it("keeps latencies outside its buckets in the first and the last", () => {
  expect(filled([0, 1e9]).total).toBe(2);
  expect(percentileMs(filled([0, 1e9]), 0.5)).toBeLessThan(0.02);
});

it("merges to what recording everything in one gives", () => {
  const a = [1, 5, 9, 200];
  const b = [0.3, 5, 77];
  expect(mergedHistogram([filled(a), filled(b)])).toEqual(filled([...a, ...b]));
});
