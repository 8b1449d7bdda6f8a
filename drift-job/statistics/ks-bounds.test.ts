import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ksBounds } from "./ks-bounds.ts";
import { ksStatistic } from "./ks-statistic.ts";
import { countIntoCells, numericReference } from "./reference-from-sample.ts";
import { makeSample } from "./sample.fixture.ts";
import { sortSample, type SortedSample } from "./sorted-sample.ts";

const sample = (values: readonly number[]): SortedSample => sortSample(Float64Array.from(values));

describe("ksBounds", () => {
  it("always contain the statistic of the rows, and the lower one is reached at its place", () => {
    const values = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(values, values, fc.integer({ min: 1, max: 100 }), (a, b, parts) => {
        const reference = numericReference(sample(a), 5, parts);
        const bounds = ksBounds(reference, countIntoCells(reference, sample(b), 2));
        const { statistic } = ksStatistic(sample(a), sample(b));
        expect(bounds?.low).toBeLessThanOrEqual(statistic);
        expect(bounds?.high).toBeGreaterThanOrEqual(statistic);
        expect([bounds?.referenceRows, bounds?.currentRows]).toEqual([a.length, b.length]);
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it("are two hundredths apart at most with a hundred parts of a smooth feature", () => {
    for (const shift of [0, 0.3, 10]) {
      const a = sortSample(makeSample({ shape: "bell", seed: 8, size: 20_000, shift: 0 }));
      const b = sortSample(makeSample({ shape: "bell", seed: 80, size: 20_000, shift }));
      const reference = numericReference(a, 0);
      const bounds = ksBounds(reference, countIntoCells(reference, b, 0));
      const { statistic } = ksStatistic(a, b);
      expect(bounds?.low).toBeLessThanOrEqual(statistic);
      expect(bounds?.high).toBeGreaterThanOrEqual(statistic);
      expect((bounds?.high ?? 1) - (bounds?.low ?? 0)).toBeLessThan(0.025);
    }
  });

  it("are close too where most values are one and the same minimum", () => {
    const a = sortSample(makeSample({ shape: "zeros", seed: 8, size: 20_000, shift: 0 }));
    const b = sortSample(makeSample({ shape: "zeros", seed: 90, size: 20_000, shift: 0 }));
    const reference = numericReference(a, 0);
    expect(reference.edges[0]).toBe(reference.min);
    const bounds = ksBounds(reference, countIntoCells(reference, b, 0));
    const { statistic } = ksStatistic(a, b);
    expect(bounds?.low).toBeLessThanOrEqual(statistic);
    expect(bounds?.high).toBeGreaterThanOrEqual(statistic);
    expect(bounds?.high).toBeLessThan(0.03);
    // A constant has but one cell, and nothing inside.
    const constant = numericReference(sample([3, 3, 3]), 0);
    expect(ksBounds(constant, [0, 5, 0, 0])).toMatchObject({ low: 0, high: 0 });
    expect(ksBounds(constant, [0, 4, 1, 0])).toMatchObject({ low: 0.2, high: 0.2 });
  });

  it("say nothing without a value on both sides", () => {
    const reference = numericReference(sample([1, 2, 3]), 0);
    expect(ksBounds(reference, [0, 0, 0, 0, 0, 9])).toBeUndefined();
    expect(() => ksBounds(reference, [1])).toThrow("6 cells");
  });
});
