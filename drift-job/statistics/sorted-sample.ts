/** A sample that the statistics can take on trust: finite, not empty, ascending. The type is the proof; `sortSample` is the only way to it. */
import { radixSort } from "./radix-sort.ts";

declare const proof: unique symbol;
export type SortedSample = Float64Array & { readonly [proof]: "finite, not empty, ascending" };

/**
 * Sorts `values`, which the caller gives away (its memory is reused). Missing values must have been taken out.
 * @param scratch at least as long, to sort many samples without allocating anew each time; given away, too
 * @throws RangeError for an empty sample, NaN or an infinite value: whoever reads the values has to tell that with their place in the file
 */
export function sortSample(values: Float64Array, scratch: Float64Array = new Float64Array(values.length)): SortedSample {
  if (values.length === 0) throw new RangeError("a sample needs at least one value");
  const sorted = radixSort(values, scratch);
  // NaN and infinite values end up at the ends.
  const ends = [sorted[0], sorted[sorted.length - 1]] as [number, number];
  if (!ends.every(Number.isFinite)) throw new RangeError(`a sample is finite, got ${ends.find((end) => !Number.isFinite(end))}`);
  return sorted as SortedSample;
}

/** How many values are at most `value`: n · F(value). O(log n). */
export function countAtMost(sorted: SortedSample, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many values are below `value`. O(log n). */
export function countBelow(sorted: SortedSample, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
