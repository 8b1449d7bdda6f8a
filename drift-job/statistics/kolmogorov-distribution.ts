/**
 * The two-sided Kolmogorov statistic of one sample of n values: P(D_n ≥ d), as scipy's `stats.kstwo.sf`. Chooses among the methods as
 * R. Simard, P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", Journal of Statistical Software 39 (2011) 11, section 4,
 * lay out; each has its own file.
 */
import { durbinMatrix } from "./durbin-matrix.ts";
import { oneSidedKolmogorov } from "./one-sided-kolmogorov.ts";
import { pelzGood } from "./pelz-good.ts";
import { logFactorial } from "./stirling-error.ts";

/** @param n a whole number from 1 */
export function kolmogorovSurvival(n: number, d: number): number {
  const t = n * d;
  if (d >= 1) return 0;
  if (t <= 0.5) return 1;
  // Ruben and Gambino: exact at both ends.
  if (t <= 1) return clip(1 - Math.exp(logFactorial(n) + n * Math.log((2 * t - 1) / n)));
  if (t >= n - 1) return clip(2 * (1 - d) ** n);
  const z2 = t * d;
  // Both sides crossed at once is as good as impossible here, exactly so from d = ½.
  if (d >= 0.5 || z2 > (n <= SMALL_N ? 4 : 2.2)) return z2 >= 370 ? 0 : clip(2 * oneSidedKolmogorov(n, d));
  const isExactAffordable = n <= SMALL_N || (n <= 100_000 && n * d ** 1.5 <= 1.4);
  return clip(1 - (isExactAffordable ? durbinMatrix(n, d) : pelzGood(n, d)));
}

const SMALL_N = 140;

const clip = (probability: number): number => Math.min(1, Math.max(0, probability));
