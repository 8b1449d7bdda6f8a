/**
 * Features as bins: cut points from the exact quantiles of the rows to fit, and every row as the bins that it is in. A bin holds the values from its cut up to
 * the next one, so "the bin is below b" and "the value is below cut b" are the same comparison, in training and in the model.
 * Source: Chen & Guestrin 2016, "XGBoost: A Scalable Tree Boosting System", 3.2 (approximate split finding); quantiles here are exact, by sorting.
 */
import { sortedPresent } from "./sorted-present.ts";
import type { Table } from "./table.ts";

export interface Cuts {
  /** For each feature the values at which its bins 1, 2, … begin, ascending. Bin 0 holds what is below the first. */
  values: Float32Array[];
  /** Where each feature's bins begin among the bins of all; one more entry for the end. A feature's last bin is the one of missing values. */
  offsets: Int32Array;
}

/** Bins of all features numbered through: a feature's bin b is bin `offsets[feature] + b`. */
export interface BinnedRows {
  rows: number;
  features: number;
  /** Row after row, one bin a feature, ready to look up in a histogram: a row's bins lie together. */
  bins: Uint16Array | Uint32Array;
}

/** At most `maxBin` bins of values a feature. */
export function findCuts({ columns }: Pick<Table, "columns">, maxBin: number): Cuts {
  const values = columns.map((column) => cutsOf(column, maxBin));
  const offsets = new Int32Array(columns.length + 1);
  for (const [feature, cuts] of values.entries()) offsets[feature + 1] = (offsets[feature] as number) + cuts.length + 2;
  return { values, offsets };
}

/** The bin of a feature's missing values. */
export const missingBin = ({ offsets }: Cuts, feature: number): number => (offsets[feature + 1] as number) - 1;

export function binRows({ columns, rows }: Pick<Table, "columns" | "rows">, cuts: Cuts): BinnedRows {
  const features = columns.length;
  const isSmall = (cuts.offsets[features] as number) <= 2 ** 16;
  const bins = isSmall ? new Uint16Array(rows * features) : new Uint32Array(rows * features);
  for (const [feature, column] of columns.entries()) {
    const values = cuts.values[feature] as Float32Array;
    const offset = cuts.offsets[feature] as number;
    const missing = missingBin(cuts, feature);
    for (let row = 0, at = feature; row < rows; row++, at += features) {
      const value = column[row] as number;
      bins[at] = Number.isNaN(value) ? missing : offset + cutsUpTo(values, value);
    }
  }
  return { rows, features, bins };
}

/** How many cuts are at or below `value`. */
function cutsUpTo(cuts: Float32Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A cut at every value where there are few of them, else at those that part the rows most evenly. Where values are missing there is a last cut at infinity:
 * it parts what is there from what is not.
 */
function cutsOf(column: Float32Array, maxBin: number): Float32Array {
  const sorted = sortedPresent(column);
  const last = sorted.length < column.length ? [Infinity] : [];
  const distinct: number[] = [];
  for (let at = 1; at < sorted.length && distinct.length < maxBin; at++) {
    if (sorted[at] !== sorted[at - 1]) distinct.push(sorted[at] as number);
  }
  if (distinct.length < maxBin) return Float32Array.from([...distinct, ...last]);
  const cuts: number[] = [];
  for (let bin = 1; bin < maxBin; bin++) {
    const value = sorted[Math.floor((bin * sorted.length) / maxBin)] as number;
    if (value > (cuts.at(-1) ?? (sorted[0] as number))) cuts.push(value);
  }
  return Float32Array.from([...cuts, ...last]);
}
