/** A feature's reference (contract/drift-bins.ts) made from a training sample, and the counts of another sample over its cells. */
import {
  DRIFT_CATEGORIES_MAX,
  DRIFT_CATEGORY_LENGTH_MAX,
  DRIFT_EDGES_MAX,
  type CategoricalReference,
  type NumericCells,
  type NumericReference,
} from "../../contract/drift-bins.ts";
import { countAtMost, countBelow, type SortedSample } from "./sorted-sample.ts";

/**
 * Edges are the quantiles i / parts, i = 1 … parts − 1, as values that occur in the sample: the smallest x with F(x) ≥ i / parts (type 1 of
 * Hyndman and Fan 1996; numpy's "inverted_cdf"). So edges move with the values under any monotone map, and a tenth is the same edge whether
 * 10 or 100 parts are asked for. Equal quantiles become one edge; one that equals the maximum would bound an empty bin and is left out.
 */
export function numericReference(sorted: SortedSample, missing: number, parts: number = DRIFT_EDGES_MAX): NumericReference {
  const length = sorted.length;
  const min = sorted[0] as number;
  const max = sorted[length - 1] as number;
  const edges: number[] = [];
  for (let part = 1; part < parts; part++) {
    const edge = sorted[Math.ceil((part * length) / parts) - 1] ?? min;
    if (edge < max && edge !== edges.at(-1)) edges.push(edge);
  }
  return { kind: "numeric", min, max, edges, counts: countIntoCells({ min, max, edges }, sorted, missing) };
}

/** Rows in each cell, missing ones included; equal to asking `numericCell` for every row. O(edges · log n). */
export function countIntoCells({ min, max, edges }: NumericCells, sorted: SortedSample, missing: number): number[] {
  const below = countBelow(sorted, min);
  const bounds = Array.from(edges).concat(max);
  const atMost = bounds.map((bound) => countAtMost(sorted, bound));
  const inner = atMost.map((count, at) => count - (at === 0 ? below : (atMost[at - 1] as number)));
  return [below, ...inner, sorted.length - (atMost.at(-1) as number), missing];
}

/** Categories by falling count, equal ones by text; the rarest beyond the limit, and those too long to name, count as `other`. */
export function categoricalReference(counts: ReadonlyMap<string, number>, missing: number): CategoricalReference {
  const ranked = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const named = ranked.filter(([category]) => category.length <= DRIFT_CATEGORY_LENGTH_MAX).slice(0, DRIFT_CATEGORIES_MAX);
  const total = ranked.reduce((sum, [, count]) => sum + count, 0);
  const other = total - named.reduce((sum, [, count]) => sum + count, 0);
  return {
    kind: "categorical",
    categories: named.map(([category]) => category),
    counts: [...named.map(([, count]) => count), other, missing],
  };
}
