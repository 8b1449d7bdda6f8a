/** What is known of one feature on two sides before anything is decided: from rows, or from counts alone. Types only. */
import type { FeatureReference } from "../../contract/drift-bins.ts";
import type { Histogram, Quantiles } from "./shape-of-sample.ts";

export interface Side {
  /** Rows with a value, and rows without. */
  values: number;
  missing: number;
}

export interface KsFinding {
  statistic: number;
  pValue: number;
  method: "exact" | "asymptotic";
  location: number;
  /** 1: the current values are larger at the gap. */
  sign: 1 | -1;
  /** What counts prove of the statistic, where they are all that is known; `statistic` is then the lower one. */
  bounds?: { low: number; high: number };
}

export interface FeatureComparison {
  kind: "numeric" | "categorical";
  reference: Side;
  current: Side;
  /** The reference's cells with the current set's counts in them; absent when the reference has no value at all. */
  cells?: { reference: FeatureReference; current: number[] };
  /** Rows of the current set whose category the reference does not have at all; absent where counts cannot tell. */
  unseen?: number;
  /** The rest is for numbers only, and absent when either side has none. */
  ks?: KsFinding;
  wasserstein?: { distance: number; referenceDeviation: number };
  histogram?: Histogram;
  quantiles?: Quantiles;
}
