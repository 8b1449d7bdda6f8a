/** A grown tree, in arrays over its nodes, and how a row goes through it: by bins while training, by values as the model does. */
import type { EnsembleTree } from "../onnx/tree-ensemble.ts";
import { missingBin, type BinnedRows, type Cuts } from "./bins.ts";

/** The model's own form with what only training needs. The root is node 0. */
export interface GrownTree extends EnsembleTree {
  /** Bin at which an inner node's right side begins, counted over all features. */
  bin: Int32Array;
}

/** Collects nodes while a tree grows. */
export class TreeBuilder {
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #feature: number[] = [];
  readonly #value: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #bin: number[] = [];

  /** A leaf of value 0 until it is set or split. */
  addNode(): number {
    this.#left.push(-1);
    this.#right.push(-1);
    this.#feature.push(0);
    this.#value.push(0);
    this.#missingLeft.push(0);
    this.#bin.push(0);
    return this.#left.length - 1;
  }

  setLeaf(node: number, value: number): void {
    this.#value[node] = value;
  }

  split(node: number, feature: number, bin: number, threshold: number, isMissingLeft: boolean): { left: number; right: number } {
    const [left, right] = [this.addNode(), this.addNode()];
    this.#left[node] = left;
    this.#right[node] = right;
    this.#feature[node] = feature;
    this.#value[node] = threshold;
    this.#missingLeft[node] = Number(isMissingLeft);
    this.#bin[node] = bin;
    return { left, right };
  }

  finish(): GrownTree {
    return {
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      feature: Int32Array.from(this.#feature),
      value: Float32Array.from(this.#value),
      missingLeft: Uint8Array.from(this.#missingLeft),
      bin: Int32Array.from(this.#bin),
      target: 0,
    };
  }
}

/** Adds the tree's leaf to the margins of all rows that `skipped` does not flag, in float32 as the model does. */
export function addByBins(
  { left, right, feature, value, missingLeft, bin }: GrownTree,
  { rows, features, bins }: BinnedRows,
  cuts: Cuts,
  margins: Float32Array,
  skipped?: Uint8Array,
): void {
  const missing = Int32Array.from({ length: features }, (_, column) => missingBin(cuts, column));
  for (let row = 0; row < rows; row++) {
    if (skipped !== undefined && skipped[row] === 1) continue;
    const start = row * features;
    let node = 0;
    while ((left[node] as number) !== -1) {
      const column = feature[node] as number;
      const code = bins[start + column] as number;
      const isLeft = code === missing[column] ? missingLeft[node] === 1 : code < (bin[node] as number);
      node = (isLeft ? left[node] : right[node]) as number;
    }
    margins[row] = (margins[row] as number) + (value[node] as number);
  }
}

/** The sum that the model makes for one row of values (NaN is missing): the base, then tree after tree, in float32. */
export function marginOf(trees: readonly EnsembleTree[], base: number, row: ArrayLike<number>): number {
  let sum = Math.fround(base);
  for (const { left, right, feature, value, missingLeft } of trees) {
    let node = 0;
    while ((left[node] as number) !== -1) {
      const cell = Math.fround(row[feature[node] as number] as number);
      const isLeft = Number.isNaN(cell) ? missingLeft[node] === 1 : cell < (value[node] as number);
      node = (isLeft ? left[node] : right[node]) as number;
    }
    sum = Math.fround(sum + (value[node] as number));
  }
  return sum;
}
