/** By hand-worked cases, against the plain definition on raw values, and by the properties of the index. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numericCell } from "../../contract/drift-bins.ts";
import { psiOfCounts, psiOfFeature, psiOfNoise } from "./psi.ts";
import { categoricalReference, countIntoCells, numericReference } from "./reference-from-sample.ts";
import { makeSample } from "./sample.fixture.ts";
import { sortSample, type SortedSample } from "./sorted-sample.ts";

const FLOOR = 1e-4;
const sample = (values: readonly number[]): SortedSample => sortSample(Float64Array.from(values));
const counts = fc.array(fc.nat(1000), { minLength: 2, maxLength: 12 }).filter((list) => list.some((count) => count > 0));

describe("psiOfCounts", () => {
  it("equals cases worked by hand", () => {
    // (0.4 − 0.5) ln(0.4 / 0.5) + (0.6 − 0.5) ln(0.6 / 0.5) = 0.1 (ln 1.25 + ln 1.2) = 0.1 ln 1.5
    expect(psiOfCounts([50, 50], [40, 60], FLOOR)).toBeCloseTo(0.1 * Math.log(1.5), 15);
    // Shares count, not rows.
    expect(psiOfCounts([50, 50], [4, 6], FLOOR)).toBeCloseTo(0.1 * Math.log(1.5), 15);
    // (0.25 − 0.5) ln ½ + (0.75 − 0.5) ln 1.5 = 0.25 ln 3
    expect(psiOfCounts([1, 1], [1, 3], FLOOR)).toBeCloseTo(0.25 * Math.log(3), 15);
    // An empty bin counts as the floor: (0.0001 − 0.5) ln(0.0001 / 0.5) + (1 − 0.5) ln 2
    expect(psiOfCounts([1, 1], [0, 5], FLOOR)).toBeCloseTo(0.4999 * Math.log(5000) + 0.5 * Math.log(2), 12);
    // A bin that is empty on both sides adds nothing.
    expect(psiOfCounts([3, 0, 5], [3, 0, 5], FLOOR)).toBe(0);
  });

  it("is symmetric, never negative, and 0 on equal shares", () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 9 }), (a, b, times) => {
        const length = Math.min(a.length, b.length);
        const [left, right] = [
          [1, ...a.slice(0, length)],
          [1, ...b.slice(0, length)],
        ];
        const psi = psiOfCounts(left, right, FLOOR);
        expect(psi).toBeGreaterThanOrEqual(0);
        expect(psiOfCounts(right, left, FLOOR)).toBeCloseTo(psi, 12);
        expect(
          psiOfCounts(
            left,
            left.map((count) => count * times),
            FLOOR,
          ),
        ).toBeCloseTo(0, 12);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("refuses to compare with nothing, and unlike bins", () => {
    expect(() => psiOfCounts([0, 0], [1, 2], FLOOR)).toThrow("rows on both sides");
    expect(() => psiOfCounts([1, 2], [0, 0], FLOOR)).toThrow("rows on both sides");
    expect(() => psiOfCounts([1, 2], [1, 2, 3], FLOOR)).toThrow("2 bins against 3");
  });
});

/** The textbook way, on raw values: deciles of the reference, outer bins open, every value compared with every edge. */
function plainPsi(reference: readonly number[], current: readonly number[], bins: number): number {
  const ascending = reference.toSorted((a, b) => a - b);
  const quantiles = Array.from(
    { length: bins - 1 },
    (_, at) => ascending[Math.ceil(((at + 1) * ascending.length) / bins) - 1] as number,
  );
  const edges = [...new Set(quantiles)].filter((edge) => edge < (ascending.at(-1) as number));
  const bounds = [-Infinity, ...edges, Infinity];
  let psi = 0;
  for (let bin = 0; bin + 1 < bounds.length; bin++) {
    const inBin = (value: number): boolean => value > (bounds[bin] as number) && value <= (bounds[bin + 1] as number);
    const expected = Math.max(reference.filter(inBin).length / reference.length, FLOOR);
    const actual = Math.max(current.filter(inBin).length / current.length, FLOOR);
    psi += (actual - expected) * Math.log(actual / expected);
  }
  return psi;
}

const psiOfSamples = (reference: readonly number[], current: readonly number[], bins = 10): number => {
  const feature = numericReference(sample(reference), 0);
  return psiOfFeature(feature, countIntoCells(feature, sample(current), 0), bins, FLOOR).psi;
};

describe("psiOfFeature", () => {
  it("equals the plain definition, with and without ties", () => {
    for (const shape of ["uniform", "bell", "heavy", "ties", "integers", "zeros", "constant"]) {
      for (const [seed, n, m, shift] of [
        [1, 1000, 700, 0],
        [2, 137, 3000, 0.5],
        [3, 20, 9, 2],
        [4, 1, 1, 0],
      ] as const) {
        const reference = [...makeSample({ shape, seed, size: n, shift: 0 })];
        const current = [...makeSample({ shape, seed: seed + 100, size: m, shift })];
        for (const bins of [2, 5, 10, 20])
          expect(psiOfSamples(reference, current, bins)).toBeCloseTo(plainPsi(reference, current, bins), 12);
      }
    }
  });

  const values = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 60 });

  it("does not change under a strictly rising map", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const map = (value: number): number => Math.exp(value / 2) * 1000;
        expect(psiOfSamples(a.map(map), b.map(map))).toBe(psiOfSamples(a, b));
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("is 0 on identical samples and does not depend on the order of rows", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(psiOfSamples(a, a)).toBe(0);
        expect(psiOfSamples(a.toReversed(), b.toReversed())).toBe(psiOfSamples(a, b));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("is the same to the last digit from counts that were merged in any order", () => {
    fc.assert(
      fc.property(values, fc.array(values, { minLength: 1, maxLength: 6 }), fc.nat(50), (a, parts, missing) => {
        const feature = numericReference(sample(a), 3);
        const perPart = parts.map((part) => {
          const cells = Array.from({ length: feature.counts.length }, () => 0);
          for (const value of part) (cells[numericCell(feature, value)] as number)++;
          return cells;
        });
        const merged = (order: number[][]): number[] => {
          const sum = order.reduce((left, right) => left.map((count, at) => count + (right[at] as number)));
          sum[sum.length - 1] = missing;
          return sum;
        };
        const whole = countIntoCells(feature, sample(parts.flat()), missing);
        expect(merged(perPart)).toEqual(whole);
        expect(psiOfFeature(feature, merged(perPart.toReversed()), 10, FLOOR)).toEqual(psiOfFeature(feature, whole, 10, FLOOR));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("puts values outside the reference's range into the outer bins, and missing ones into their own", () => {
    const feature = numericReference(sample([1, 2, 3, 4]), 4);
    // Quarters of [1, 2, 3, 4]: edges 1, 2, 3.
    expect(feature).toMatchObject({ min: 1, max: 4, edges: [1, 2, 3], counts: [0, 1, 1, 1, 1, 0, 4] });
    const current = [2, 0, 1, 1, 0, 3, 1];
    const { bins } = psiOfFeature(feature, current, 2, FLOOR);
    expect(bins.map(({ referenceCount, currentCount }) => [referenceCount, currentCount])).toEqual([
      [2, 3],
      [2, 4],
      [4, 1],
    ]);
    expect(() => psiOfFeature(feature, [1, 2], 2, FLOOR)).toThrow("7 cells");
  });

  it("of a category counts unseen ones together", () => {
    const feature = categoricalReference(
      new Map([
        ["N", 50],
        ["S", 50],
      ]),
      0,
    );
    expect(feature.categories).toEqual(["N", "S"]);
    const { psi, bins } = psiOfFeature(feature, [40, 60, 0, 0], 10, FLOOR);
    expect(psi).toBeCloseTo(0.1 * Math.log(1.5), 15);
    expect(bins).toHaveLength(4);
    expect(psiOfFeature(feature, [40, 40, 20, 0], 10, FLOOR).psi).toBeGreaterThan(1);
  });
});

describe("psiOfNoise", () => {
  it("is what samples of one distribution show on average", () => {
    const psis = Array.from({ length: 200 }, (_, at) =>
      psiOfSamples(
        [...makeSample({ shape: "bell", seed: 1000 + at * 10, size: 2000, shift: 0 })],
        [...makeSample({ shape: "bell", seed: 900_000 + at * 10, size: 500, shift: 0 })],
      ),
    );
    const mean = psis.reduce((sum, psi) => sum + psi, 0) / psis.length;
    expect(mean / psiOfNoise(10, 2000, 500)).toBeGreaterThan(0.9);
    expect(mean / psiOfNoise(10, 2000, 500)).toBeLessThan(1.1);
  });
});
