/** The split search against a search by brute force over rows, with the formulas of Chen & Guestrin written out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binRows, findCuts } from "./bins.ts";
import { fillHistogram, subtractHistogram } from "./histogram.ts";
import { RowPartition } from "./partition.ts";
import { findSplit, leafWeight, type SplitRules } from "./split.ts";

interface Row {
  values: number[];
  gradient: number;
  hessian: number;
}

const cell = fc.constantFrom(NaN, 0, 1, 2, 3, 4);
const row: fc.Arbitrary<Row> = fc.record({
  values: fc.tuple(cell, cell),
  // Quarters: their sums are exact, so that both searches see equal gains as equal.
  gradient: fc.integer({ min: -20, max: 20 }).map((quarters) => quarters / 4),
  hessian: fc.integer({ min: 1, max: 8 }).map((quarters) => quarters / 4),
});
const rules = fc.record({
  lambda: fc.constantFrom(0, 1, 5),
  alpha: fc.constantFrom(0, 0.5, 3),
  gamma: fc.constantFrom(0, 0.5, 4),
  minChildWeight: fc.constantFrom(0, 1, 3),
  monotone: fc.constantFrom(undefined),
});

function binnedOf(rows: readonly Row[]) {
  const columns = [0, 1].map((feature) => Float32Array.from(rows, ({ values }) => values[feature] as number));
  const cuts = findCuts({ columns }, 255);
  const gradients = Float32Array.from(rows.flatMap(({ gradient, hessian }) => [gradient, hessian]));
  const binned = binRows({ columns, rows: rows.length }, cuts);
  const histogram = new Float64Array(2 * (cuts.offsets.at(-1) as number));
  return { cuts, gradients, binned, histogram };
}

const sum = (rows: readonly Row[], of: "gradient" | "hessian"): number => rows.reduce((total, each) => total + each[of], 0);

/** The gain of the best split: over every feature, threshold and side for what is missing. */
function bestGain(rows: readonly Row[], { lambda, alpha, minChildWeight }: SplitRules): number {
  const score = (part: readonly Row[]): number => {
    const gradient = sum(part, "gradient");
    const pulled = Math.sign(gradient) * Math.max(0, Math.abs(gradient) - alpha);
    return pulled ** 2 / (sum(part, "hessian") + lambda);
  };
  let best = -Infinity;
  for (const feature of [0, 1]) {
    for (const threshold of [1, 2, 3, 4, Infinity]) {
      for (const isMissingLeft of [false, true]) {
        const isLeft = ({ values }: Row): boolean => {
          const value = values[feature] as number;
          return Number.isNaN(value) ? isMissingLeft : value < threshold;
        };
        const [left, right] = [rows.filter(isLeft), rows.filter((each) => !isLeft(each))];
        if (left.length === 0 || right.length === 0) continue;
        if (!(sum(left, "hessian") >= minChildWeight && sum(right, "hessian") >= minChildWeight)) continue;
        best = Math.max(best, score(left) + score(right) - score(rows));
      }
    }
  }
  return best;
}

describe("the split of a node", () => {
  it("has the gain of the best one there is, or is none", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), rules, (rows, rules) => {
        const { cuts, gradients, binned, histogram } = binnedOf(rows);
        fillHistogram(histogram, binned, gradients, Int32Array.from(rows.keys()), 0, rows.length);
        const node = { gradient: sum(rows, "gradient"), hessian: sum(rows, "hessian"), lower: -Infinity, upper: Infinity };
        const split = findSplit(histogram, cuts, Int32Array.of(0, 1), node, rules);
        const best = bestGain(rows, rules);
        if (best > Math.max(1e-6, rules.gamma) + 1e-9) expect(split?.gain).toBeCloseTo(best, 9);
        else if (best < Math.max(1e-6, rules.gamma) - 1e-9) expect(split).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it("parts the rows as it says, each side in order", () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (rows, at, isMissingLeft) => {
          const { cuts, binned } = binnedOf(rows);
          const firstBin = cuts.offsets[1] as number;
          const threshold = cuts.values[1]?.[at - 1];
          if (threshold === undefined) return;
          const partition = new RowPartition(Int32Array.from(rows.keys()), cuts.offsets.at(-1) as number);
          const rule = { feature: 1, firstBin, bin: firstBin + at, missingBin: (cuts.offsets[2] as number) - 1, isMissingLeft };
          const middle = partition.split(binned, 0, rows.length, rule);
          const isLeft = ({ values: [, value] }: Row): boolean =>
            Number.isNaN(value) ? isMissingLeft : (value as number) < threshold;
          const side = (left: boolean): number[] => [...rows.keys()].filter((index) => isLeft(rows[index] as Row) === left);
          expect([...partition.order.subarray(0, middle)]).toEqual(side(true));
          expect([...partition.order.subarray(middle)]).toEqual(side(false));
        },
      ),
    );
  });

  it("keeps the other child's histogram by subtraction", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), fc.nat(), (rows, at) => {
        const { gradients, binned, histogram: parent } = binnedOf(rows);
        const order = Int32Array.from(rows.keys());
        const middle = at % rows.length;
        const [left, right] = [parent.slice(), parent.slice()];
        fillHistogram(parent, binned, gradients, order, 0, rows.length);
        fillHistogram(left, binned, gradients, order, 0, middle);
        fillHistogram(right, binned, gradients, order, middle, rows.length);
        subtractHistogram(parent, left);
        expect(parent).toEqual(right);
      }),
    );
  });

  it("gives a leaf its weight within the bounds", () => {
    const rules: SplitRules = { lambda: 1, alpha: 0.5, gamma: 0, minChildWeight: 0, monotone: undefined };
    expect(leafWeight(rules, -3.5, 2, -Infinity, Infinity)).toBe(1);
    expect(leafWeight(rules, -3.5, 2, -Infinity, 0.25)).toBe(0.25);
    expect(leafWeight(rules, 3.5, 2, -0.25, Infinity)).toBe(-0.25);
    expect(leafWeight(rules, 0.4, 2, -Infinity, Infinity)).toBeCloseTo(0, 12);
    expect(leafWeight(rules, 1, 0, -Infinity, Infinity)).toBe(0);
  });
});
