/**
 * What counts over the cells of a reference (contract/drift-bins.ts) prove of the two-sample KS statistic of the rows themselves.
 *
 * At each edge both distribution functions are known exactly, because cells are closed on the right: the largest gap there is a lower bound.
 * Between two edges each function only rises, from its value at the left one to its value at the right one, so that no gap inside exceeds
 * the one's right value less the other's left value: the largest of those is an upper bound. A cell of a single value has no inside: the
 * first one, where the minimum is so common that it is the first edge (rain: most hours have none).
 */
import type { NumericReference } from "../../contract/drift-bins.ts";
import { greatestCommonDivisor } from "./greatest-common-divisor.ts";

export interface KsBounds {
  low: number;
  high: number;
  /** The edge (or the minimum or maximum of the reference) at which the lower bound is reached. */
  location: number;
  /** 1 where the reference's function is above there, i.e. the current values are larger. */
  sign: 1 | -1;
  referenceRows: number;
  currentRows: number;
}

/**
 * Missing values are left out of both sides.
 * @returns undefined when either side has no value at all
 */
export function ksBounds(reference: NumericReference, current: ArrayLike<number>): KsBounds | undefined {
  const { counts, edges, min, max } = reference;
  if (current.length !== counts.length)
    throw new RangeError(`the reference has ${counts.length} cells, the current counts ${current.length}`);
  const cells = counts.length - 1;
  let referenceRows = 0;
  let currentRows = 0;
  for (let cell = 0; cell < cells; cell++) {
    referenceRows += counts[cell] as number;
    currentRows += current[cell] as number;
  }
  if (!(referenceRows > 0 && currentRows > 0)) return undefined;
  // In whole steps of 1 / lcm(n, m), as ksStatistic counts them: with fractions the bound could exceed the statistic by its last digit.
  const divisor = greatestCommonDivisor(referenceRows, currentRows);
  const [up, down] = [currentRows / divisor, referenceRows / divisor];
  const steps = up * referenceRows;
  let low = 0;
  let high = 0;
  let location = min;
  let sign: 1 | -1 = 1;
  let f = 0;
  let g = 0;
  for (let cell = 0; cell < cells; cell++) {
    const fRight = f + up * (counts[cell] as number);
    const gRight = g + down * (current[cell] as number);
    const isOneValue = cell === 1 && (edges[0] ?? max) === min;
    if (!isOneValue) high = Math.max(high, fRight - g, gRight - f);
    if (Math.abs(fRight - gRight) > low) {
      low = Math.abs(fRight - gRight);
      sign = fRight > gRight ? 1 : -1;
      location = cell === 0 ? min : cell === cells - 2 ? max : (edges[cell - 1] as number);
    }
    f = fRight;
    g = gRight;
  }
  return { low: low / steps, high: Math.max(low, high) / steps, location, sign, referenceRows, currentRows };
}
