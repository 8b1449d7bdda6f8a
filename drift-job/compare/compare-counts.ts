/** Compares one feature by counts alone: a window of live traffic, or anything else that was counted over a reference's cells. Pure. */
import type { FeatureReference } from "../../contract/drift-bins.ts";
import { kolmogorovPValue } from "../statistics/two-sample-ks.ts";
import { ksBounds } from "../statistics/ks-bounds.ts";
import type { FeatureComparison, Side } from "./feature-comparison.ts";

/**
 * The same PSI, to the last digit, as from the rows themselves. KS is bounded; its p-value is that of the lower bound, so that what is called
 * significant is.
 * @param current rows in each of the reference's cells
 */
export function compareCounts(reference: FeatureReference, current: readonly number[]): FeatureComparison {
  const comparison: FeatureComparison = {
    kind: reference.kind,
    reference: sideOf(reference.counts),
    current: sideOf(current),
    cells: { reference, current: [...current] },
  };
  // Where the reference has rare categories without a cell of their own, "other" is not the same as unseen.
  if (reference.kind === "categorical" && reference.counts.at(-2) === 0) comparison.unseen = current.at(-2) ?? 0;
  const bounds = reference.kind === "numeric" ? ksBounds(reference, current) : undefined;
  if (bounds === undefined) return comparison;
  const { low, high, location, sign, referenceRows, currentRows } = bounds;
  comparison.ks = {
    statistic: low,
    pValue: kolmogorovPValue(referenceRows, currentRows, low),
    method: "asymptotic",
    location,
    sign,
    bounds: { low, high },
  };
  return comparison;
}

const sideOf = (counts: readonly number[]): Side => ({
  values: counts.slice(0, -1).reduce((sum, count) => sum + count, 0),
  missing: counts.at(-1) ?? 0,
});
