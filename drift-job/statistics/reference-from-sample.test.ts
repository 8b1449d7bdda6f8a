import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  categoricalCell,
  categoryCells,
  DRIFT_CATEGORIES_MAX,
  featureReference,
  missingCell,
  numericCell,
} from "../../contract/drift-bins.ts";
import { categoricalReference, countIntoCells, numericReference } from "./reference-from-sample.ts";
import { makeSample } from "./sample.fixture.ts";
import { sortSample, type SortedSample } from "./sorted-sample.ts";

const sample = (values: readonly number[]): SortedSample => sortSample(Float64Array.from(values));
const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 400 });

describe("numericReference", () => {
  it("always satisfies the contract's own schema, and counts every row once", () => {
    fc.assert(
      fc.property(doubles, fc.nat(9), (values, missing) => {
        const reference = numericReference(sample(values), missing);
        expect(featureReference.parse(JSON.parse(JSON.stringify(reference)))).toEqual(JSON.parse(JSON.stringify(reference)));
        expect(reference.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length + missing);
        expect(reference.counts[0]).toBe(0);
        expect(reference.counts.at(-2)).toBe(0);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("has the percentiles of a smooth feature, the distinct values of a coarse one, and none of a constant one", () => {
    expect(numericReference(sortSample(makeSample({ shape: "uniform", seed: 3, size: 10_000, shift: 0 })), 0).edges).toHaveLength(
      99,
    );
    expect(numericReference(sortSample(makeSample({ shape: "ties", seed: 3, size: 10_000, shift: 0 })), 0).edges).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    expect(numericReference(sortSample(makeSample({ shape: "constant", seed: 3, size: 10, shift: 0 })), 2)).toEqual({
      kind: "numeric",
      min: 3,
      max: 3,
      edges: [],
      counts: [0, 10, 0, 2],
    });
  });
});

describe("numericCell", () => {
  it("counts one by one what countIntoCells counts at once", () => {
    fc.assert(
      fc.property(doubles, doubles, (values, others) => {
        const reference = numericReference(sample(values), 0);
        const oneByOne = Array.from({ length: reference.counts.length }, () => 0);
        for (const value of [...others, ...values.slice(0, 20), Number.NaN])
          (oneByOne[numericCell(reference, value)] as number)++;
        expect(oneByOne).toEqual(countIntoCells(reference, sample([...others, ...values.slice(0, 20)]), 1));
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("knows below, the edges themselves, above, infinite and missing", () => {
    const cells = { min: 1, max: 9, edges: Float64Array.of(1, 4) };
    expect([-Infinity, 0.9, 1, 1.1, 4, 4.1, 9, 9.1, Infinity, Number.NaN].map((value) => numericCell(cells, value))).toEqual([
      0, 0, 1, 2, 2, 3, 3, 4, 4, 5,
    ]);
  });
});

describe("categoricalReference", () => {
  it("orders by count, then text, and counts what has no cell of its own as other", () => {
    const counts = new Map([
      ...Array.from({ length: DRIFT_CATEGORIES_MAX + 5 }, (_, at): [string, number] => [`c${at}`, 10]),
      ["most", 99],
    ]);
    counts.set("x".repeat(300), 1000);
    const reference = categoricalReference(counts, 7);
    expect(featureReference.safeParse(reference).success).toBe(true);
    expect(reference.categories).toHaveLength(DRIFT_CATEGORIES_MAX);
    expect(reference.categories.slice(0, 3)).toEqual(["most", "c0", "c1"]);
    expect(reference.counts.slice(-2)).toEqual([1060, 7]);
    const cells = categoryCells(reference);
    expect(["most", "c0", "never seen", null, undefined].map((category) => categoricalCell(cells, category))).toEqual([
      0, 1, 200, 201, 201,
    ]);
    expect(missingCell(reference)).toBe(201);
  });
});

describe("featureReference", () => {
  const sound = { kind: "numeric", min: 0, max: 5, edges: [1, 2], counts: [0, 1, 1, 1, 0, 0] };
  it.each([
    ["too few counts", { ...sound, counts: [1, 2] }],
    ["edges that do not ascend", { ...sound, edges: [2, 2] }],
    ["an edge at the maximum", { ...sound, edges: [1, 5] }],
    ["an edge below the minimum", { ...sound, edges: [-1, 2] }],
    ["a count below zero", { ...sound, counts: [0, 1, -1, 1, 0, 0] }],
    ["an infinite edge", { ...sound, min: -Infinity }],
    ["a category twice", { kind: "categorical", categories: ["a", "a"], counts: [1, 1, 0, 0] }],
    ["categories without their counts", { kind: "categorical", categories: ["a"], counts: [1, 1] }],
  ])("refuses %s", (_, wrong) => {
    expect(featureReference.safeParse(sound).success).toBe(true);
    expect(featureReference.safeParse(wrong).success).toBe(false);
  });
});
