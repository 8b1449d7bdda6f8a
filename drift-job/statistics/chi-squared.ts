/** Pearson's chi-squared test that two rows of counts over the same categories come from one distribution, as scipy's `chi2_contingency`. */
import { gammaln } from "simple-statistics";

export interface ChiSquared {
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
  /** Cramér's V in [0, 1]: the effect size, which does not grow with the number of rows. */
  cramersV: number;
}

/**
 * Categories that occur on neither side are left out; no continuity correction.
 * @returns undefined when a side is empty or fewer than two categories occur: there is nothing to compare
 */
export function chiSquared(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquared | undefined {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} categories against ${current.length}`);
  const pairs = Array.from(reference, (count, at) => [count, current[at] as number] as const).filter(([a, b]) => a + b > 0);
  const referenceRows = pairs.reduce((sum, [count]) => sum + count, 0);
  const currentRows = pairs.reduce((sum, [, count]) => sum + count, 0);
  if (pairs.length < 2 || referenceRows === 0 || currentRows === 0) return undefined;
  const rows = referenceRows + currentRows;
  let statistic = 0;
  for (const [a, b] of pairs) {
    const expectedA = ((a + b) * referenceRows) / rows;
    const expectedB = ((a + b) * currentRows) / rows;
    statistic += (a - expectedA) ** 2 / expectedA + (b - expectedB) ** 2 / expectedB;
  }
  const degreesOfFreedom = pairs.length - 1;
  return {
    statistic,
    degreesOfFreedom,
    pValue: upperGamma(degreesOfFreedom / 2, statistic / 2),
    cramersV: Math.min(1, Math.sqrt(statistic / rows)),
  };
}

/**
 * The regularised upper incomplete gamma function Q(a, x): its series below a + 1 (DLMF 8.11.4), its continued fraction above (8.9.2, by
 * Lentz's method), which keeps the digits of tiny values.
 */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - gammaln(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = a + 1; term > sum * 1e-17; k++) {
      term *= x / k;
      sum += term;
    }
    return Math.max(0, 1 - front * sum);
  }
  let b = x + 1 - a;
  let c = Infinity;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return front * fraction;
}
