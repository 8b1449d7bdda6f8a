/** One tree of an XGBoost file as typed arrays of one length. Checks forms and lengths, not what the numbers say (trees.ts does). */
import { z } from "zod";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { ConversionRefusal } from "../conversion.ts";
import { numberList } from "./learner.ts";

/** Thrown on a tree that contradicts itself; trees.ts turns it into a refusal that names the tree. */
export class Malformed extends Error {
  override name = "Malformed";
}

export interface TreeRecord {
  left: Int32Array;
  right: Int32Array;
  feature: Int32Array;
  /** Threshold of an inner node, value of a leaf. */
  condition: Float32Array;
  missingLeft: Uint8Array;
  /** 1 where a node looks its category up. */
  isCategorical: Uint8Array;
  /** Categories of node `nodes[i]`: `sizes[i]` of `values` from `starts[i]` on. */
  categories: { nodes: Int32Array; starts: Int32Array; sizes: Int32Array; values: Int32Array };
}

const tree = z.object({
  left_children: numberList,
  right_children: numberList,
  split_indices: numberList,
  split_conditions: numberList,
  /** Booleans before version 1.6. */
  default_left: numberList,
  split_type: numberList.optional(),
  categories_nodes: numberList.optional(),
  categories_segments: numberList.optional(),
  categories_sizes: numberList.optional(),
  categories: numberList.optional(),
  tree_param: z.object({ size_leaf_vector: z.string().optional() }).optional(),
});

export function treeRecord(value: unknown, index: number): Result<TreeRecord, ConversionRefusal> {
  const parsed = tree.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail({ reason: "xgboost_unreadable", detail: `tree ${index}, ${issue?.path.join(".")}: ${issue?.message}` });
  }
  const lists = parsed.data;
  if (Number(lists.tree_param?.size_leaf_vector ?? 0) > 1) {
    const why = "each of its leaves holds a vector; train with multi_strategy one_output_per_tree";
    return fail({ reason: "xgboost_unsupported", what: "multi_output_tree", why });
  }
  const nodes = lists.left_children.length;
  if (nodes === 0) return fail({ reason: "xgboost_unreadable", detail: `tree ${index} has no nodes` });
  for (const name of ["right_children", "split_indices", "split_conditions", "default_left", "split_type"] as const) {
    const length = lists[name]?.length ?? nodes;
    if (length !== nodes)
      return fail({ reason: "xgboost_unreadable", detail: `tree ${index} has ${nodes} nodes and ${length} ${name}` });
  }
  return succeed({
    left: integers(lists.left_children),
    right: integers(lists.right_children),
    feature: integers(lists.split_indices),
    condition: Float32Array.from(lists.split_conditions, Number),
    missingLeft: Uint8Array.from(lists.default_left, Number),
    isCategorical: Uint8Array.from(lists.split_type ?? new Uint8Array(nodes), Number),
    categories: {
      nodes: integers(lists.categories_nodes ?? []),
      starts: integers(lists.categories_segments ?? []),
      sizes: integers(lists.categories_sizes ?? []),
      values: integers(lists.categories ?? []),
    },
  });
}

/** What is no int32 becomes -2, which no list allows: a typed array would wrap it round to something that looks right. */
const integers = (list: ArrayLike<number | boolean>): Int32Array =>
  Int32Array.from(list, (value) => (Number(value) === (Number(value) | 0) ? Number(value) : -2));
