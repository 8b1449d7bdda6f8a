/**
 * The one-sided Kolmogorov statistic of one sample: P(D⁺ ≥ d) for n values, as scipy's `special.smirnov`.
 * Birnbaum and Tingey, "One-sided confidence contours for probability distribution functions" (1951), (3.0):
 * P = d · Σ_{j=0}^{⌊n(1−d)⌋} C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j).
 */
import { stirlingError } from "./stirling-error.ts";

/** From here on the sum takes long and the approximation is as exact as the doubles that go in. */
const SUM_N_MAX = 1_000_000;

/** O(n) up to a million, O(1) beyond. All terms are positive, so even tiny probabilities keep their digits. */
export function oneSidedKolmogorov(n: number, d: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  // Maag and Dicaire, "On Kolmogorov-Smirnov type one-sample statistics" (1971).
  if (n > SUM_N_MAX) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n));
  const excess = n * d;
  const errorOfN = stirlingError(n);
  let sum = Math.exp(n * Math.log1p(-d));
  const last = Math.min(n - 1, Math.floor(n - excess));
  for (let j = 1; j <= last; j++) {
    const rest = n - j;
    if (rest <= excess) break;
    // C(n, j) p^j (1 − p)^(n−j) with p = d + j/n in Loader's form, then · d / p.
    const exponent =
      errorOfN - stirlingError(j) - stirlingError(rest) + j * Math.log1p(excess / j) + rest * Math.log1p(-excess / rest);
    sum += Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * j * rest)) * (excess / (excess + j));
  }
  return Math.min(1, sum);
}
