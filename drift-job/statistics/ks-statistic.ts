/** The two-sample Kolmogorov-Smirnov statistic: the largest gap between two empirical distribution functions, and where it is. */
import { greatestCommonDivisor } from "./greatest-common-divisor.ts";
import type { SortedSample } from "./sorted-sample.ts";

export interface KsStatistic {
  /** D = max |F(x) − G(x)|, in [0, 1]. */
  statistic: number;
  /** D as a whole number of `1 / steps`, exact: steps is the least common multiple of the sizes. */
  numerator: number;
  steps: number;
  /** The x at which the gap is reached; the smallest such x of the larger side. */
  location: number;
  /** 1 where the reference's function is above (the current values are larger), −1 where it is below. */
  sign: 1 | -1;
}

/**
 * One merge of the two sorted samples; equal values of both are passed together, so that ties count as scipy counts them. The gap is kept
 * as an integer, n·m / gcd steps from 0 to 1, so nothing is lost to rounding for sizes up to n · m / gcd < 2^53.
 * O(n + m).
 */
export function ksStatistic(reference: SortedSample, current: SortedSample): KsStatistic {
  const n = reference.length;
  const m = current.length;
  const divisor = greatestCommonDivisor(n, m);
  const steps = (n / divisor) * m;
  if (!Number.isSafeInteger(steps)) throw new RangeError(`samples of ${n} and ${m} values need more than 2^53 steps`);
  const up = m / divisor;
  const down = n / divisor;
  let gap = 0;
  let most = 0;
  let mostAt = reference[0] as number;
  let least = 0;
  let leastAt = mostAt;
  let i = 0;
  let j = 0;
  while (i < n && j < m) {
    const a = reference[i] as number;
    const b = current[j] as number;
    const value = a < b ? a : b;
    if (a <= b) {
      do {
        gap += up;
        i++;
      } while (i < n && reference[i] === value);
    }
    if (b <= a) {
      do {
        gap -= down;
        j++;
      } while (j < m && current[j] === value);
    }
    if (gap > most) {
      most = gap;
      mostAt = value;
    } else if (gap < least) {
      least = gap;
      leastAt = value;
    }
  }
  // What is left of one sample only closes the gap again.
  const isAbove = most >= -least;
  const numerator = isAbove ? most : -least;
  return { statistic: numerator / steps, numerator, steps, location: isAbove ? mostAt : leastAt, sign: isAbove ? 1 : -1 };
}
