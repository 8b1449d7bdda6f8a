/** Against scipy 1.10.1 (fixtures/write-fixtures.py: seed, versions and shapes), and by the properties that any such test has. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scaled } from "../../test/harness/scale.ts";
import { relativeError } from "./relative-error.fixture.ts";
import { kolmogorovSurvival } from "./kolmogorov-distribution.ts";
import { ksExactPValue } from "./ks-exact-p-value.ts";
import { ksStatistic } from "./ks-statistic.ts";
import { oneSidedKolmogorov } from "./one-sided-kolmogorov.ts";
import { makeSample, scipyFixtures, type SamplePair } from "./sample.fixture.ts";
import { countAtMost, sortSample, type SortedSample } from "./sorted-sample.ts";
import { KS_EXACT_ROWS_MAX, twoSampleKs } from "./two-sample-ks.ts";

/** The fixtures' largest samples take seconds in all; every method is tried without them too. */
const ROWS_MAX = scaled({ full: Infinity, quick: 40_000 });
const DISTRIBUTION_ROWS_MAX = scaled({ full: Infinity, quick: 5_000 });

const samplesOf = ({ reference, current }: SamplePair): [SortedSample, SortedSample] => [
  sortSample(makeSample(reference)),
  sortSample(makeSample(current)),
];
const sample = (values: readonly number[]): SortedSample => sortSample(Float64Array.from(values));

describe("twoSampleKs", () => {
  it("gives scipy's statistic, place, sign and both p-values", () => {
    const pairs = scipyFixtures.samples.filter(({ reference }) => reference.size <= ROWS_MAX);
    expect(pairs.length).toBeGreaterThanOrEqual(200);
    const methods = { exact: 0, asymptotic: 0 };
    for (const pair of pairs) {
      const name = JSON.stringify(pair);
      const [reference, current] = samplesOf(pair);
      const test = twoSampleKs(reference, current);
      methods[test.method]++;
      expect(relativeError(test.statistic, pair.ks.statistic), name).toBeLessThan(1e-9);
      expect(relativeError(test.pValue, pair.ks.pValue), name).toBeLessThan(test.method === "exact" ? 1e-9 : 1e-6);
      const asymptotic = twoSampleKs(reference, current, "asymptotic");
      // One value against one: scipy rounds the effective size to 0 and says NaN.
      if (pair.ks.asymptoticPValue !== null)
        expect(relativeError(asymptotic.pValue, pair.ks.asymptoticPValue), name).toBeLessThan(1e-6);
      // scipy's place and sign come from differences of rounded shares, so they say nothing where there is no gap or two equal ones.
      if (test.statistic > 0 && test.sign === pair.ks.sign)
        expect(relativeError(gapAt(reference, current, pair.ks.location), test.statistic), name).toBeLessThan(1e-9);
      if (test.statistic > 0)
        expect(relativeError(gapAt(reference, current, test.location), test.statistic), name).toBeLessThan(1e-9);
    }
    expect(methods.exact).toBeGreaterThan(150);
    expect(methods.asymptotic).toBeGreaterThan(30);
  });

  it("is symmetric, but for the sign", () => {
    fc.assert(
      fc.property(tiedValues, tiedValues, (a, b) => {
        const there = twoSampleKs(sample(a), sample(b));
        const back = twoSampleKs(sample(b), sample(a));
        expect(back.statistic).toBe(there.statistic);
        expect(relativeError(back.pValue, there.pValue)).toBeLessThan(1e-12);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("is 0 with p = 1 on identical samples, and on a sample against its own double", () => {
    fc.assert(
      fc.property(tiedValues, (a) => {
        expect(twoSampleKs(sample(a), sample(a))).toMatchObject({ statistic: 0, pValue: 1 });
        expect(twoSampleKs(sample(a), sample([...a, ...a]))).toMatchObject({ statistic: 0, pValue: 1 });
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("does not change under a strictly rising map", () => {
    fc.assert(
      fc.property(tiedValues, tiedValues, (a, b) => {
        const map = (value: number): number => Math.exp(value / 3) - 7;
        const mapped = twoSampleKs(sample(a.map(map)), sample(b.map(map)));
        expect(mapped.statistic).toBe(twoSampleKs(sample(a), sample(b)).statistic);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("equals the naive definition", () => {
    fc.assert(
      fc.property(tiedValues, tiedValues, (a, b) => {
        const [reference, current] = [sample(a), sample(b)];
        const naive = Math.max(...[...a, ...b].map((x) => gapAt(reference, current, x)));
        expect(ksStatistic(reference, current).statistic).toBeCloseTo(naive, 12);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("is exact up to the limit of rows and asymptotic beyond", () => {
    const rows = (size: number): SortedSample => sortSample(makeSample({ shape: "uniform", seed: 1, size, shift: 0 }));
    expect(twoSampleKs(rows(KS_EXACT_ROWS_MAX), rows(3)).method).toBe("exact");
    expect(twoSampleKs(rows(KS_EXACT_ROWS_MAX + 1), rows(3)).method).toBe("asymptotic");
  });
});

describe("ksExactPValue", () => {
  it("counts every order of small samples, one by one", () => {
    for (const [n, m] of [
      [3, 3],
      [4, 2],
      [5, 4],
      [6, 6],
      [2, 7],
    ] as const) {
      const gaps = ordersOf(n, m).map((order) => {
        const reference = order.flatMap((isReference, at) => (isReference ? [at] : []));
        const current = order.flatMap((isReference, at) => (isReference ? [] : [at]));
        return ksStatistic(sample(reference), sample(current)).numerator;
      });
      for (const numerator of new Set(gaps)) {
        const share = gaps.filter((gap) => gap >= numerator).length / gaps.length;
        expect(ksExactPValue(n, m, numerator)).toBeCloseTo(share, 12);
      }
    }
  });
});

describe("kolmogorovSurvival and oneSidedKolmogorov", () => {
  it("give scipy's kstwo.sf and smirnov from 1 to 40 million values", () => {
    for (const [n, d, twoSided, oneSided] of scipyFixtures.kolmogorov) {
      if (n > DISTRIBUTION_ROWS_MAX && n <= 1_000_000) continue;
      expect(relativeError(kolmogorovSurvival(n, d), twoSided), `kstwo.sf(${d}, ${n})`).toBeLessThan(1e-6);
      expect(relativeError(oneSidedKolmogorov(n, d), oneSided), `smirnov(${n}, ${d})`).toBeLessThan(1e-6);
    }
  });
});

/** Few distinct values, so that ties within and between the samples are the rule. */
const tiedValues = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 25 });

/** |F(x) − G(x)| by counting. */
const gapAt = (reference: SortedSample, current: SortedSample, x: number): number =>
  Math.abs(countAtMost(reference, x) / reference.length - countAtMost(current, x) / current.length);

function ordersOf(n: number, m: number): boolean[][] {
  if (n === 0) return [Array<boolean>(m).fill(false)];
  if (m === 0) return [Array<boolean>(n).fill(true)];
  return [...ordersOf(n - 1, m).map((order) => [true, ...order]), ...ordersOf(n, m - 1).map((order) => [false, ...order])];
}
