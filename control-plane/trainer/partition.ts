/** The rows of a tree's nodes: one list in which every node has a range of its own, its rows in ascending order. */
import type { BinnedRows } from "./bins.ts";

export interface SplitRule {
  feature: number;
  /** The feature's first bin. */
  firstBin: number;
  /** Rows whose bin is below go left. */
  bin: number;
  missingBin: number;
  isMissingLeft: boolean;
}

export class RowPartition {
  /** Row numbers; a node's rows are `order[begin, end)`. */
  readonly order: Int32Array;
  readonly #spare: Int32Array;
  /** By bin; only those of the feature that is being split on are set. */
  readonly #goesLeft: Uint8Array;

  /** `rows` becomes `order`. `bins` is the number of bins over all features. */
  constructor(rows: Int32Array, bins: number) {
    this.order = rows;
    this.#spare = new Int32Array(rows.length);
    this.#goesLeft = new Uint8Array(bins);
  }

  /** Splits a node's range in two, each side keeping its order; answers where the right one begins. */
  split(
    { bins, features }: BinnedRows,
    begin: number,
    end: number,
    { feature, firstBin, bin, missingBin, isMissingLeft }: SplitRule,
  ): number {
    const { order } = this;
    const spare = this.#spare;
    const goesLeft = this.#goesLeft;
    goesLeft.fill(1, firstBin, bin).fill(0, bin, missingBin);
    goesLeft[missingBin] = Number(isMissingLeft);
    let left = begin;
    let right = 0;
    for (let at = begin; at < end; at++) {
      const row = order[at] as number;
      const isLeft = goesLeft[bins[row * features + feature] as number] as number;
      // Both are written and one counts: a branch would be guessed wrong every second time. `left` is never ahead of `at`.
      order[left] = row;
      spare[right] = row;
      left += isLeft;
      right += 1 - isLeft;
    }
    order.set(spare.subarray(0, right), left);
    return left;
  }
}
