/**
 * The error of Stirling's formula, log k! − (k + ½) log k + k − ½ log 2π, which lets quotients of factorials be computed without the
 * cancellation of large logarithms. C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
 */

const HALF_LOG_2_PI = 0.9189385332046727;

/** Exact to double precision for whole k ≥ 1; 0 for k = 0, where the formula itself is not used. */
export function stirlingError(k: number): number {
  if (k < TABLE.length) return TABLE[k] as number;
  const square = k * k;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / k;
}

/** log n! from the same. */
export const logFactorial = (n: number): number => (n === 0 ? 0 : stirlingError(n) + (n + 0.5) * Math.log(n) - n + HALF_LOG_2_PI);

/** Below 16 the series is not exact enough; the factorial itself is exact there. */
const TABLE = Array.from({ length: 16 }, (_, k) => {
  if (k === 0) return 0;
  let factorial = 1;
  for (let factor = 2; factor <= k; factor++) factorial *= factor;
  return Math.log(factorial) - (k + 0.5) * Math.log(k) + k - HALF_LOG_2_PI;
});
