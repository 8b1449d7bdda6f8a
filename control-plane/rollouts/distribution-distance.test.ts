import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CategoricalReference } from "../../contract/drift-bins.ts";
import { ksBounds } from "../../drift-job/statistics/ks-bounds.ts";
import { ksStatistic } from "../../drift-job/statistics/ks-statistic.ts";
import { countIntoCells, numericReference } from "../../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../../drift-job/statistics/sorted-sample.ts";
import { distributionDistance, type CountedPredictions } from "./distribution-distance.ts";

const number = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ min: -20, max: 20, noNaN: true }));
const sample = fc.array(number, { minLength: 1, maxLength: 60 });
const sorted = (values: readonly number[]) => sortSample(Float64Array.from(values));

/** Rows counted over a reference that other rows made. */
function counted(training: readonly number[], rows: readonly number[], missing = 0): CountedPredictions {
  const reference = numericReference(sorted(training), 0, 12);
  return { reference, counts: countIntoCells(reference, sorted(rows), missing) };
}

describe("of numbers", () => {
  it("is bounded by the counts, whatever the two references are", () => {
    fc.assert(
      fc.property(sample, sample, sample, sample, (trainingA, trainingB, a, b) => {
        const bounds = distributionDistance(counted(trainingA, a), counted(trainingB, b));
        const { statistic } = ksStatistic(sorted(a), sorted(b));
        expect(bounds?.low).toBeLessThanOrEqual(statistic + 1e-12);
        expect(bounds?.high).toBeGreaterThanOrEqual(statistic - 1e-12);
      }),
      { seed: 20261125, numRuns: 2000 },
    );
  });

  it("of one reference has the bounds that live drift has", () => {
    fc.assert(
      fc.property(sample, sample, sample, (training, a, b) => {
        const [one, other] = [counted(training, a), counted(training, b)];
        if (one.reference.kind !== "numeric") throw new Error("a number's reference is not one");
        const expected = ksBounds({ ...one.reference, counts: [...one.counts] }, other.counts);
        const bounds = distributionDistance(one, other);
        expect(bounds?.low).toBeCloseTo(expected?.low ?? NaN, 12);
        expect(bounds?.high).toBeCloseTo(expected?.high ?? NaN, 12);
      }),
      { seed: 20261125, numRuns: 500 },
    );
  });

  it("is tight where the edges are many: two halves of one sample are near, one that is twice as large is far", () => {
    const values = Array.from({ length: 4000 }, (_, at) => ((at * 7919) % 4001) / 40);
    const fine = (training: readonly number[], rows: readonly number[]): CountedPredictions => {
      const reference = numericReference(sorted(training), 0);
      return { reference, counts: countIntoCells(reference, sorted(rows), 0) };
    };
    const [a, b] = [values.slice(0, 2000), values.slice(2000)];
    expect(distributionDistance(fine(a, b), fine(b, a))?.high).toBeLessThan(0.04);
    const twice = b.map((value) => value * 2);
    const far = distributionDistance(fine(a, a), fine(twice, twice));
    expect(far?.low).toBeGreaterThan(0.47);
    expect(far?.high).toBeLessThan(0.53);
  });

  it("counts missing ones as elsewhere", () => {
    expect(distributionDistance(counted([1, 2], [1, 2]), counted([1, 2], [1, 2], 2))?.low).toBeCloseTo(0.5, 12);
  });
});

describe("of classes", () => {
  const classes = (categories: string[], counts: number[]): CountedPredictions => {
    const reference: CategoricalReference = { kind: "categorical", categories, counts: counts.map(() => 1) };
    return { reference, counts };
  };

  it("goes by the names, and knows nothing of those that only one side has", () => {
    const one = classes(["a", "b"], [60, 40, 0, 0]);
    expect(distributionDistance(one, classes(["b", "a"], [40, 60, 0, 0]))).toEqual({ low: 0, high: 0 });
    expect(distributionDistance(one, classes(["b", "a"], [60, 40, 0, 0]))?.low).toBeCloseTo(0.2, 12);
    // All of b may be c, or none of it.
    const bounds = distributionDistance(one, classes(["a", "c"], [60, 40, 0, 0]));
    expect(bounds?.low).toBeCloseTo(0, 12);
    expect(bounds?.high).toBeCloseTo(0.4, 12);
  });
});

it("of nothing, or of numbers and classes, is not defined", () => {
  const numbers = counted([1, 2], [1, 2]);
  expect(distributionDistance({ ...numbers, counts: numbers.counts.map(() => 0) }, numbers)).toBeUndefined();
  const classes: CountedPredictions = {
    reference: { kind: "categorical", categories: ["a"], counts: [1, 0, 0] },
    counts: [1, 0, 0],
  };
  expect(distributionDistance(numbers, classes)).toBeUndefined();
});
