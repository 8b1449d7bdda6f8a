/**
 * The trees of an XGBoost model as the ensemble that onnx/tree-ensemble.ts writes. Nothing of the file is trusted: indexes are within bounds, every node
 * has one parent, and what is not finite is refused. Weights of dropped trees (dart) go into the leaves, a product in float32 as XGBoost makes it.
 * Source: XGBoost's doc/model.schema; the walk is that of its CPU predictor (left when value < threshold).
 */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { EnsembleTree } from "../../onnx/tree-ensemble.ts";
import type { ConversionRefusal } from "../conversion.ts";
import { TREE_DEPTH_MAX, TREE_NODES_MAX, TREES_MAX } from "../conversion-limits.ts";
import { readCategories } from "./categories.ts";
import type { Booster, Learner } from "./learner.ts";
import { Malformed, treeRecord, type TreeRecord } from "./tree-record.ts";

export function readTrees(
  booster: Exclude<Booster, { name: "gblinear" }>,
  learner: Learner,
): Result<EnsembleTree[], ConversionRefusal> {
  const { trees, tree_info, weight_drop } = booster.name === "dart" ? booster.gbtree.model : booster.model;
  const weights = booster.name === "dart" ? booster.weight_drop : weight_drop;
  if (trees.length > TREES_MAX) return fail({ reason: "xgboost_too_large", what: "trees", count: trees.length, max: TREES_MAX });
  if (tree_info.length !== trees.length) return unreadable(`tree_info has ${tree_info.length} entries for ${trees.length} trees`);
  if (weights !== undefined && weights.length > trees.length)
    return unreadable("weight_drop has more entries than there are trees");
  const read: EnsembleTree[] = [];
  let nodes = 0;
  for (const [index, value] of trees.entries()) {
    const target = Number(tree_info[index]);
    if (!(Number.isInteger(target) && target >= 0 && target < learner.outputs)) {
      return unreadable(`tree ${index} adds to output ${target} of ${learner.outputs}`);
    }
    const record = treeRecord(value, index);
    if (!record.ok) return record;
    nodes += record.value.left.length;
    if (nodes > TREE_NODES_MAX) return fail({ reason: "xgboost_too_large", what: "nodes", count: nodes, max: TREE_NODES_MAX });
    // Trees grown after the last drop-out have no weight yet: 1.
    const tree = ensembleTree(record.value, index, learner.features, target, Number(weights?.[index] ?? 1));
    if (!tree.ok) return tree;
    read.push(tree.value);
  }
  return succeed(read);
}

function ensembleTree(
  record: TreeRecord,
  index: number,
  features: number,
  target: number,
  weight: number,
): Result<EnsembleTree, ConversionRefusal> {
  const { left, right, feature, missingLeft } = record;
  try {
    checkShape(record, features);
    const value = Float32Array.from(record.condition);
    if (weight !== 1)
      left.forEach((child, at) => void (child === -1 && (value[at] = Math.fround(value[at] as number) * Math.fround(weight))));
    const rightCategories = readCategories(record);
    if (!rightCategories.ok) return rightCategories;
    return succeed({ left, right, feature, value, missingLeft, target, rightCategories: rightCategories.value });
  } catch (error) {
    if (error instanceof Malformed) return unreadable(`tree ${index}: ${error.message}`);
    throw error;
  }
}

/** Walks from the root: each reachable node once, within bounds. Nodes that pruning left behind are not reachable and are not written. */
function checkShape({ left, right, feature, condition, isCategorical }: TreeRecord, features: number): void {
  const seen = new Uint8Array(left.length);
  let level = [0];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > TREE_DEPTH_MAX) throw new Malformed(`it is more than ${TREE_DEPTH_MAX} levels deep`);
    const below: number[] = [];
    for (const at of level) {
      if (!(at >= 0 && at < left.length)) throw new Malformed(`a child is node ${at} of ${left.length}`);
      if (seen[at] === 1) throw new Malformed(`node ${at} has two parents`);
      seen[at] = 1;
      const isLeaf = left[at] === -1;
      if (isLeaf !== (right[at] === -1)) throw new Malformed(`node ${at} has one child`);
      if (isLeaf) {
        if (!Number.isFinite(condition[at])) throw new Malformed(`leaf ${at} has the value ${condition[at]}`);
        continue;
      }
      if (Number.isNaN(condition[at]) && isCategorical[at] !== 1) throw new Malformed(`node ${at} has no threshold`);
      const column = feature[at] as number;
      if (!(column >= 0 && column < features)) throw new Malformed(`node ${at} looks at feature ${column} of ${features}`);
      below.push(left[at] as number, right[at] as number);
    }
    level = below;
  }
}

const unreadable = (detail: string) => fail({ reason: "xgboost_unreadable" as const, detail });
