/** Chi-squared, Jensen-Shannon, Wasserstein and the correction of p-values, against scipy 1.10.1 (fixtures/write-fixtures.py). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adjustPValues } from "./adjust-p-values.ts";
import { chiSquared } from "./chi-squared.ts";
import { jensenShannon } from "./jensen-shannon.ts";
import { relativeError } from "./relative-error.fixture.ts";
import { makeSample, scipyFixtures } from "./sample.fixture.ts";
import { sortSample } from "./sorted-sample.ts";
import { wasserstein } from "./wasserstein.ts";

describe("chiSquared", () => {
  it("gives scipy's chi2_contingency without correction", () => {
    for (const table of scipyFixtures.tables) {
      const test = chiSquared(table.reference, table.current);
      expect(test?.degreesOfFreedom).toBe(table.degreesOfFreedom);
      expect(relativeError(test?.statistic as number, table.chiSquared)).toBeLessThan(1e-9);
      expect(relativeError(test?.pValue as number, table.pValue), JSON.stringify(table)).toBeLessThan(1e-9);
    }
  });

  it("has Cramér's V of 0 on equal shares and 1 on disjoint categories, at any number of rows", () => {
    expect(chiSquared([10, 20], [100, 200])).toMatchObject({ statistic: 0, pValue: 1, cramersV: 0 });
    expect(chiSquared([500, 0, 0], [0, 30, 20])?.cramersV).toBeCloseTo(1, 12);
  });

  it("compares nothing with an empty side or a single category", () => {
    expect(chiSquared([0, 0], [1, 2])).toBeUndefined();
    expect(chiSquared([5, 0], [3, 0])).toBeUndefined();
  });
});

describe("jensenShannon", () => {
  it("gives scipy's distance in base 2", () => {
    for (const { reference, current, jensenShannon: oracle } of scipyFixtures.tables) {
      // Near 0 the square root of a rounding error is all that is left, in scipy too.
      expect(Math.abs((jensenShannon(reference, current) as number) - oracle)).toBeLessThan(oracle < 1e-7 ? 1e-7 : 1e-9 * oracle);
    }
    expect(jensenShannon([1, 0], [0, 1])).toBe(1);
    expect(jensenShannon([0, 0], [1, 1])).toBeUndefined();
  });
});

describe("wasserstein", () => {
  it("gives scipy's distance", () => {
    const pairs = scipyFixtures.samples.filter((pair) => pair.wasserstein !== undefined);
    expect(pairs.length).toBeGreaterThan(150);
    for (const { reference, current, wasserstein: oracle } of pairs) {
      const distance = wasserstein(sortSample(makeSample(reference)), sortSample(makeSample(current)));
      expect(relativeError(distance, oracle as number), JSON.stringify([reference, current])).toBeLessThan(1e-9);
    }
  });

  it("is the shift of a sample that was shifted", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 50 }), fc.nat(100), (values, shift) => {
        const distance = wasserstein(
          sortSample(Float64Array.from(values)),
          sortSample(Float64Array.from(values, (value) => value + shift)),
        );
        expect(distance).toBeCloseTo(shift, 10);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe("adjustPValues", () => {
  it("steps up as Benjamini and Hochberg do, and multiplies as Bonferroni does", () => {
    for (const { pValues, benjaminiHochberg } of scipyFixtures.adjusted) {
      adjustPValues(pValues, "benjamini_hochberg").forEach((value, at) =>
        expect(value).toBeCloseTo(benjaminiHochberg[at] as number, 12),
      );
      expect(adjustPValues(pValues, "bonferroni")).toEqual(pValues.map((pValue) => Math.min(1, pValue * pValues.length)));
      expect(adjustPValues(pValues, "none")).toEqual(pValues);
    }
    expect(adjustPValues([], "benjamini_hochberg")).toEqual([]);
  });
});
