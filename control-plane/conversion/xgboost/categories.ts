/**
 * Categorical splits: which categories of a node go right. XGBoost stores a set per node; a value in it goes right, any other, also one never seen,
 * goes left, and a missing one where the node says.
 * Source: XGBoost's src/common/categorical.h (`Decision`) and its tutorial "Categorical Data".
 */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { ConversionRefusal } from "../conversion.ts";
import { SPLIT_CATEGORIES_MAX } from "../conversion-limits.ts";
import { Malformed, type TreeRecord } from "./tree-record.ts";

/** XGBoost keeps categories exact in float32: below 2^24. */
const CATEGORY_MAX = 2 ** 24 - 1;

/** By node. Throws Malformed on sets that do not fit the tree. */
export function readCategories({
  isCategorical,
  left,
  categories,
}: TreeRecord): Result<Map<number, number[]>, ConversionRefusal> {
  const { nodes, starts, sizes, values } = categories;
  if (starts.length !== nodes.length || sizes.length !== nodes.length) throw new Malformed("its categories do not fit its nodes");
  const sets = new Map<number, number[]>();
  for (const [at, node] of nodes.entries()) {
    const [start, size] = [starts[at] as number, sizes[at] as number];
    if (!(start >= 0 && size >= 1 && start + size <= values.length))
      throw new Malformed(`the categories of node ${node} are not there`);
    if (size > SPLIT_CATEGORIES_MAX) {
      return fail({ reason: "xgboost_too_large", what: "categories of one split", count: size, max: SPLIT_CATEGORIES_MAX });
    }
    const set = Array.from(values.subarray(start, start + size));
    if (!set.every((category) => category >= 0 && category <= CATEGORY_MAX))
      throw new Malformed(`node ${node} has an impossible category`);
    sets.set(node, set);
  }
  const bare = isCategorical.findIndex((flag, node) => flag === 1 && left[node] !== -1 && !sets.has(node));
  if (bare !== -1) throw new Malformed(`node ${bare} is categorical and has no categories`);
  for (const node of sets.keys())
    if (isCategorical[node] !== 1) throw new Malformed(`node ${node} has categories and is not categorical`);
  return succeed(sets);
}
