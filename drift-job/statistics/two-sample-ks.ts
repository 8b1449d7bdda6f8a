/** The two-sample Kolmogorov-Smirnov test: statistic, place of the gap, and p-value. */
import { kolmogorovSurvival } from "./kolmogorov-distribution.ts";
import { ksExactPValue } from "./ks-exact-p-value.ts";
import { ksStatistic, type KsStatistic } from "./ks-statistic.ts";
import type { SortedSample } from "./sorted-sample.ts";

/** Both sizes up to this: exact. As scipy's `method="auto"`. */
export const KS_EXACT_ROWS_MAX = 10_000;

export type KsMethod = "exact" | "asymptotic";

export interface KsTest extends KsStatistic {
  pValue: number;
  method: KsMethod;
}

/**
 * The p-value is two-sided. "exact" counts lattice paths (`ksExactPValue`), "asymptotic" takes the distribution of one sample of the
 * effective size n · m / (n + m), rounded. Both equal scipy's `ks_2samp` of the same method.
 */
export function twoSampleKs(
  reference: SortedSample,
  current: SortedSample,
  method: KsMethod = Math.max(reference.length, current.length) <= KS_EXACT_ROWS_MAX ? "exact" : "asymptotic",
): KsTest {
  const gap = ksStatistic(reference, current);
  const [n, m] = [reference.length, current.length];
  const pValue = method === "exact" ? ksExactPValue(n, m, gap.numerator) : kolmogorovPValue(n, m, gap.statistic);
  return { ...gap, pValue, method };
}

/** The asymptotic p-value of a gap that is known already, e.g. of one that counts have bounded. */
export const kolmogorovPValue = (n: number, m: number, statistic: number): number =>
  statistic === 0 ? 1 : kolmogorovSurvival(effectiveRows(n, m), statistic);

/** n · m / (n + m), at least 1, halves to the even neighbour as numpy rounds them: at a few rows one more or less is seen in p. */
function effectiveRows(n: number, m: number): number {
  const size = (n * m) / (n + m);
  const below = Math.floor(size);
  return Math.max(1, size - below === 0.5 ? below + (below % 2) : Math.round(size));
}
