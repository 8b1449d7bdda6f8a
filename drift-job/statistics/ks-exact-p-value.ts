/**
 * The exact distribution of the two-sample KS statistic for samples without ties (with ties, p is too large rather than too small: Hodges
 * 1958, section 2). As scipy's `ks_2samp(method="exact")`.
 *
 * Under the null hypothesis every order of the n + m values is equally likely; an order is a lattice path from (0, 0) to (n, m), and D ≥ d
 * when the path leaves the band |i/n − j/m| < d. J. L. Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för
 * Matematik 3 (1958) 469–486; the recursion on the outside, which adds positive terms only and so loses no digits for small p, is that of
 * T. Viehmann, "Numerically more stable computation of the p-values for the two-sample Kolmogorov-Smirnov test" (2021, arXiv:2102.08037).
 */
import { greatestCommonDivisor } from "./greatest-common-divisor.ts";

/**
 * P(D ≥ numerator / lcm(n, m)). O(n · m) in time, O(min(n, m)) in memory; O(n) for equal sizes.
 * @param numerator D in steps of 1 / lcm(n, m)
 */
export function ksExactPValue(n: number, m: number, numerator: number): number {
  if (numerator <= 0) return 1;
  return n === m ? equalSizes(n, numerator) : outsideBand(n, m, numerator);
}

/**
 * Equal sizes, by the reflection principle: P = 2 (A1 − A2 + A3 − …), A_k = C(2n, n + k·h) / C(2n, n). Written as nested factors, so that
 * the alternating sum does not cancel (Gnedenko and Korolyuk 1951).
 */
function equalSizes(n: number, h: number): number {
  let probability = 0;
  for (let k = Math.floor(n / h); k >= 1; k--) {
    // A_k / A_(k−1), as a product of h factors.
    let ratio = 1;
    for (let j = 0; j < h; j++) ratio *= (n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1);
    probability = ratio * (1 - probability);
  }
  return Math.min(1, 2 * probability);
}

/**
 * `outside[j]` is the share of the paths to (i, j) that have left the band, for the row i at hand: every path comes from (i − 1, j) with
 * probability i / (i + j) and from (i, j − 1) otherwise. Only the cells inside the band need work; all others are 1.
 */
function outsideBand(n: number, m: number, numerator: number): number {
  // The longer sample along i, so that the row is the shorter one.
  if (n < m) [n, m] = [m, n];
  const divisor = greatestCommonDivisor(n, m);
  const stepI = m / divisor;
  const stepJ = n / divisor;
  const outside = new Float64Array(m + 1).fill(1);
  for (let i = 0; i <= n; i++) {
    // Inside: |i · stepI − j · stepJ| < numerator.
    const first = Math.max(0, Math.floor((i * stepI - numerator) / stepJ) + 1);
    const last = Math.min(m, Math.ceil((i * stepI + numerator) / stepJ) - 1);
    let left = first > 0 ? 1 : 0;
    for (let j = first; j <= last; j++) {
      left = i + j === 0 ? 0 : ((outside[j] as number) * i + left * j) / (i + j);
      outside[j] = left;
    }
  }
  return outside[m] as number;
}
