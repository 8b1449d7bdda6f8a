/**
 * How a feature's rows fall into cells, the same for a file and for live traffic: the schema of a feature's reference (quantile edges or
 * categories, with counts), and the cell of one value. Pure; what is made of the counts (PSI, KS bounds) is drift-job/statistics/.
 *
 * A numeric reference with k edges has k + 4 cells, in this order:
 *   0          below the reference's minimum
 *   1          min ≤ v ≤ edges[0]
 *   1 + i      edges[i − 1] < v ≤ edges[i]
 *   k + 1      edges[k − 1] < v ≤ max
 *   k + 2      above the reference's maximum
 *   k + 3      missing
 * Cells are closed on the right, so the counts up to an edge are exactly n · F(edge), F being the empirical distribution function that KS
 * compares. A categorical reference with k categories has k + 2 cells: each category in its order, k any other, k + 1 missing.
 */
import * as z from "zod";

/** Quantile edges of a numeric feature: every percentile. More would make the manifest larger and the KS bound hardly tighter. */
export const DRIFT_EDGES_MAX = 100;
/** Categories that have a cell of their own; rarer ones are counted together as `other`. */
export const DRIFT_CATEGORIES_MAX = 200;
export const DRIFT_CATEGORY_LENGTH_MAX = 256;

const count = z.int().min(0);

export const numericReference = z
  .strictObject({
    kind: z.literal("numeric"),
    /** Smallest and largest value of the reference. */
    min: z.number(),
    max: z.number(),
    /** Distinct quantiles of the reference, ascending, in [min, max); each is a value that occurs in it. Empty for a constant feature. */
    edges: z.array(z.number()).max(DRIFT_EDGES_MAX),
    /** Rows of the reference in each cell, in the order above; the first and the last but one are 0 by construction. */
    counts: z.array(count),
  })
  .refine(({ edges, counts }) => counts.length === edges.length + 4, "a numeric reference has 4 counts more than edges")
  .refine(
    ({ min, max, edges }) =>
      min <= max && edges.every((edge, at) => edge < max && (at === 0 ? edge >= min : edge > (edges[at - 1] as number))),
    "edges ascend strictly and lie in [min, max)",
  );

export const categoricalReference = z
  .strictObject({
    kind: z.literal("categorical"),
    /** In the order of their cells. */
    categories: z.array(z.string().max(DRIFT_CATEGORY_LENGTH_MAX)).max(DRIFT_CATEGORIES_MAX),
    counts: z.array(count),
  })
  .refine(
    ({ categories, counts }) => counts.length === categories.length + 2,
    "a categorical reference has 2 counts more than categories",
  )
  .refine(({ categories }) => new Set(categories).size === categories.length, "categories are distinct");

export const featureReference = z.union([numericReference, categoricalReference]);

export type NumericReference = z.infer<typeof numericReference>;
export type CategoricalReference = z.infer<typeof categoricalReference>;
export type FeatureReference = z.infer<typeof featureReference>;

/** What is needed to find a value's cell; `edges` may be a Float64Array where it is asked often. */
export interface NumericCells {
  readonly min: number;
  readonly max: number;
  readonly edges: ArrayLike<number>;
}

/** Number of cells of a feature, and so the length of its counts. */
export const cellCount = (reference: FeatureReference): number => reference.counts.length;

/** The cell of rows whose value is missing: always the last. */
export const missingCell = (reference: FeatureReference): number => reference.counts.length - 1;

/**
 * The cell of one number, compared as a double; NaN is a missing value, an infinite one lies below or above. O(log edges), no allocation.
 */
export function numericCell({ min, max, edges }: NumericCells, value: number): number {
  if (value < min) return 0;
  if (value > max) return edges.length + 2;
  if (Number.isNaN(value)) return edges.length + 3;
  // The number of edges below the value.
  let from = 0;
  let to = edges.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((edges[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from + 1;
}

/** The cell of each category by its text, for `categoricalCell`. Made once per reference. */
export const categoryCells = ({ categories }: CategoricalReference): ReadonlyMap<string, number> =>
  new Map(categories.map((category, cell) => [category, cell]));

/** The cell of one category; null and undefined are missing values, a category that the reference has not is `other`. */
export function categoricalCell(cells: ReadonlyMap<string, number>, category: string | null | undefined): number {
  if (category === null || category === undefined) return cells.size + 1;
  return cells.get(category) ?? cells.size;
}
