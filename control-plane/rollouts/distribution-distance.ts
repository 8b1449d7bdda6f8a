/**
 * How far two versions' predictions are apart, from counts alone. Each version was counted over the cells of its own reference, and the edges of two references
 * are seldom the same; so nothing is re-binned, and the distance is bounded by what both counts prove. Pure.
 *
 * Of numbers it is the two-sample Kolmogorov-Smirnov statistic, sup |F − G|. At its own edges each distribution function is known exactly, since cells are closed
 * on the right; between two edges it only rises, from the one's value to the other's. Missing values lie beyond all others. Of classes it is the total variation,
 * ½ Σ |p − q|; classes that only one of the two has a cell for are taken together with the others, of which nothing is known.
 * Both are shares from 0 to 1: so much of the predictions is somewhere else.
 */
import type { FeatureReference, NumericReference, CategoricalReference } from "../../contract/drift-bins.ts";

export interface CountedPredictions {
  reference: FeatureReference;
  /** Rows in each of the reference's cells. */
  counts: readonly number[];
}

export interface DistanceBounds {
  low: number;
  high: number;
}

/** Undefined when one side has no rows, or one predicts numbers and the other classes. */
export function distributionDistance(one: CountedPredictions, other: CountedPredictions): DistanceBounds | undefined {
  if (!(rowsOf(one) > 0 && rowsOf(other) > 0)) return undefined;
  const [a, b] = [one.reference, other.reference];
  if (a.kind === "numeric" && b.kind === "numeric") return ofNumbers(knownOf(a, one.counts), knownOf(b, other.counts));
  if (a.kind === "categorical" && b.kind === "categorical") return ofClasses(a, one.counts, b, other.counts);
  return undefined;
}

export const rowsOf = ({ counts }: CountedPredictions): number => counts.reduce((sum, count) => sum + count, 0);

// --- Not exported ---

/** A place on the axis: just below a value, or at it. */
interface Place {
  value: number;
  isAt: boolean;
}
interface Known {
  places: Place[];
  /** The distribution function at each place. */
  shares: number[];
  /** What it ends with: all but the missing. */
  end: number;
}

const compare = (one: Place, other: Place): number => one.value - other.value || Number(one.isAt) - Number(other.isAt);

function knownOf({ min, max, edges }: NumericReference, counts: readonly number[]): Known {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const places = [{ value: min, isAt: false }, ...[...edges, max].map((value) => ({ value, isAt: true }))];
  let sum = 0;
  const shares = places.map((_, cell) => (sum += counts[cell] ?? 0) / rows);
  return { places, shares, end: (rows - (counts.at(-1) ?? 0)) / rows };
}

function ofNumbers(one: Known, other: Known): DistanceBounds {
  const places = [...one.places, ...other.places].toSorted(compare);
  let low = Math.abs(one.end - other.end);
  let high = low;
  // From the place before to this one: the least that each function has on the left, and the most that it has on the right.
  let left: [number, number] = [0, 0];
  let before: Place | undefined;
  for (const place of [...places, undefined]) {
    const right: [number, number] = [mostAt(one, place), mostAt(other, place)];
    // Between just below a value and the value itself there is nothing.
    if (before === undefined || before.value !== place?.value) high = Math.max(high, right[0] - left[1], right[1] - left[0]);
    left = [leastAt(one, place), leastAt(other, place)];
    high = Math.max(high, right[0] - left[1], right[1] - left[0]);
    low = Math.max(low, left[0] - right[1], left[1] - right[0]);
    before = place;
  }
  return { low, high: Math.min(1, high) };
}

/** The function's value at the last known place up to this one; undefined: past all. */
function leastAt({ places, shares, end }: Known, place: Place | undefined): number {
  if (place === undefined) return end;
  const at = places.findLastIndex((known) => compare(known, place) <= 0);
  return at === -1 ? 0 : (shares[at] as number);
}

function mostAt({ places, shares, end }: Known, place: Place | undefined): number {
  if (place === undefined) return end;
  const at = places.findIndex((known) => compare(known, place) >= 0);
  return at === -1 ? end : (shares[at] as number);
}

function ofClasses(
  one: CategoricalReference,
  ones: readonly number[],
  other: CategoricalReference,
  others: readonly number[],
): DistanceBounds {
  const shared = one.categories.filter((category) => other.categories.includes(category));
  const [p, q] = [sharesOf(one, ones, shared), sharesOf(other, others, shared)];
  const named = p.named.reduce((sum, share, at) => sum + Math.abs(share - (q.named[at] as number)), 0);
  const low = (named + Math.abs(p.unknown - q.unknown)) / 2;
  // Of what has no name in common all may be the same class, or none.
  return { low, high: Math.min(1, low + Math.min(p.unknown, q.unknown)) };
}

/** The shares of the classes named and of the missing, and of all the rest together. */
function sharesOf({ categories }: CategoricalReference, counts: readonly number[], shared: readonly string[]) {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const named = [...shared.map((category) => counts[categories.indexOf(category)] ?? 0), counts.at(-1) ?? 0].map(
    (count) => count / rows,
  );
  return { named, unknown: Math.max(0, 1 - named.reduce((sum, share) => sum + share, 0)) };
}
