/**
 * The operator's lists into the two tables that tree-walk.wat walks (ops/tree-walk/). Decides which ensembles can be walked with the same result as
 * onnxruntime's, bit for bit; what it is not sure of it leaves to onnxruntime. Nothing is run here.
 *
 * A step has no branch to be guessed wrong: every comparison is "column < threshold, NaN is not", and what leads to the right child is added to an index.
 * - The row that is walked has each column twice, as it is and negated, and -Infinity at its end.
 * - `x <= t` is `x < floatAbove(t)`. Where a missing value goes with "true", "not (x < t), or missing" must be the false side of a comparison:
 *   `x >= t` is `-x < -floatBelow(t)`, false for NaN, and its sides are swapped.
 * - A leaf compares the row's -Infinity with its own weight and so leads to itself: all walks of a tree take as many steps as its longest.
 */
import { fail, succeed, type Result } from "../result.ts";
import { floatAbove, floatBelow } from "./next-float.ts";
import type { EnsembleLists, OtherModel } from "./read-ensemble.ts";

/** A node: uint16 offset of its column in the row in bytes, uint16 index within its tree of its false child (the true one follows), float32 threshold or weight. */
export const NODE_BYTES = 8;
/** A tree: uint32 offset of its first node from the table's start, uint32 steps of its longest walk. */
export const TREE_BYTES = 8;
/** Trees that a walk of one row takes at a time. */
export const TREES_AT_ONCE = 4;

/** So that every index and every offset fits 16 bits. */
const NODES_PER_TREE_MAX = 65_535;
const COLUMNS_MAX = 8_191;
/** A tree that is one long path would take as many steps for every row. */
const DEPTH_MAX = 64;

export interface PackedEnsemble {
  input: string;
  output: string;
  columns: number;
  /** A multiple of TREES_AT_ONCE; the last ones may be a single leaf of -0, which changes no sum. */
  trees: number;
  treeTable: Uint8Array;
  nodeTable: Uint8Array;
  base: number;
}

/** `columns` is the length of the model's rows. */
export function packEnsemble(lists: EnsembleLists, columns: number): Result<PackedEnsemble, OtherModel> {
  const { nodes, targets, base } = lists;
  const count = nodes.nodeIds.length;
  const { missingTrue, ...rest } = nodes;
  const isWhole =
    Object.values(rest).every((list) => list.length === count) && (missingTrue.length === count || missingTrue.length === 0);
  const areTargetsWhole = targets.nodeIds.length === targets.weights.length && targets.treeIds.length === targets.weights.length;
  if (!isWhole || !areTargetsWhole || count === 0) return other("its lists differ in length");
  if (!(columns >= 1 && columns <= COLUMNS_MAX)) return other(`its rows have ${columns} columns, of at most ${COLUMNS_MAX}`);
  if (!Number.isFinite(base)) return other("its base value is not finite");
  const weights = weightsByNode(targets);
  if (!weights) return other("a leaf has several weights");

  const trees: { offset: number; depth: number }[] = [];
  // Room for trees of a single leaf, which take two places, and for one such tree more.
  const table = new DataView(new ArrayBuffer((2 * count + 2) * NODE_BYTES));
  let used = 0;
  for (let start = 0, end = 0; start < count; start = end) {
    const treeId = nodes.treeIds[start] as number;
    while (end < count && nodes.treeIds[end] === treeId) end++;
    // onnxruntime adds the trees up in the order of their numbers or of the list: the same where they rise.
    if (start > 0 && !(treeId > (nodes.treeIds[start - 1] as number))) return other("its trees are not in order");
    const offset = used * NODE_BYTES;
    const depth = packTree(lists, { start, end, columns }, weights.get(treeId) ?? new Map<number, number>(), table, offset);
    if (!depth.ok) return depth;
    trees.push({ offset, depth: depth.value });
    used += Math.max(2, end - start);
  }
  if ([...weights.values()].some((left) => left.size > 0)) return other("a weight belongs to no leaf");
  putLeafTree(table, used * NODE_BYTES, columns, -0);
  while (trees.length % TREES_AT_ONCE > 0) trees.push({ offset: used * NODE_BYTES, depth: 0 });
  const treeTable = new DataView(new ArrayBuffer(trees.length * TREE_BYTES));
  for (const [index, { offset, depth }] of trees.entries()) {
    treeTable.setUint32(index * TREE_BYTES, offset, true);
    treeTable.setUint32(index * TREE_BYTES + 4, depth, true);
  }
  const { input, output } = lists;
  return succeed({
    input,
    output,
    columns,
    trees: trees.length,
    treeTable: new Uint8Array(treeTable.buffer),
    nodeTable: new Uint8Array(table.buffer.slice(0, (used + 2) * NODE_BYTES)),
    base,
  });
}

/** Tree → node → weight; undefined where a node has two. */
function weightsByNode({ treeIds, nodeIds, weights }: EnsembleLists["targets"]): Map<number, Map<number, number>> | undefined {
  const trees = new Map<number, Map<number, number>>();
  for (const [index, weight] of weights.entries()) {
    const treeId = treeIds[index] as number;
    const tree = trees.get(treeId) ?? new Map<number, number>();
    if (tree.has(nodeIds[index] as number)) return undefined;
    trees.set(treeId, tree.set(nodeIds[index] as number, weight));
  }
  return trees;
}

/** Nodes `[start, end)` of the lists into the table, breadth first. Takes the weights that it uses out of the map. The steps of the longest walk. */
function packTree(
  { nodes }: EnsembleLists,
  { start, end, columns }: { start: number; end: number; columns: number },
  weights: Map<number, number>,
  table: DataView,
  offset: number,
): Result<number, OtherModel> {
  if (end - start > NODES_PER_TREE_MAX) return other(`a tree has more than ${NODES_PER_TREE_MAX} nodes`);
  const byId = new Map<number, number>();
  for (let index = start; index < end; index++) byId.set(nodes.nodeIds[index] as number, index);
  if (byId.size !== end - start) return other("two nodes of a tree have one number");
  // A child is appended once for each parent: a node with two, or a circle, makes the queue longer than the tree.
  const queue: { source: number; depth: number }[] = [{ source: start, depth: 0 }];
  for (let place = 0; place < queue.length; place++) {
    const { source, depth } = queue[place] as { source: number; depth: number };
    const at = offset + place * NODE_BYTES;
    const id = nodes.nodeIds[source] as number;
    const value = nodes.values[source] as number;
    if (nodes.modes[source] === "LEAF") {
      const weight = weights.get(id);
      if (weight === undefined || !Number.isFinite(weight)) return other("a leaf has no finite weight, or two ways lead to it");
      weights.delete(id);
      if (place === 0) putLeafTree(table, at, columns, weight);
      else putNode(table, at, { column: 2 * columns, child: place - 1, value: weight });
      continue;
    }
    const feature = nodes.features[source] as number;
    if (!(feature >= 0 && feature < columns)) return other(`it looks at column ${feature} of ${columns}`);
    const [onTrue, onFalse] = [byId.get(nodes.trueIds[source] as number), byId.get(nodes.falseIds[source] as number)];
    if (onTrue === undefined || onFalse === undefined) return other("a branch leads out of its tree");
    // `value` is the smallest number that is not below.
    const limit = nodes.modes[source] === "BRANCH_LT" ? value : floatAbove(value);
    const isMissingTrue = nodes.missingTrue[source] === 1;
    const threshold = isMissingTrue ? -floatBelow(limit) : limit;
    if (!Number.isFinite(value) || !Number.isFinite(threshold)) return other("a threshold is not finite");
    if (depth >= DEPTH_MAX) return other(`a tree is more than ${DEPTH_MAX} deep`);
    if (queue.length + 2 > end - start) return other("a tree's branches meet again");
    putNode(table, at, { column: isMissingTrue ? columns + feature : feature, child: queue.length, value: threshold });
    const [whenFalse, whenTrue] = isMissingTrue ? [onTrue, onFalse] : [onFalse, onTrue];
    queue.push({ source: whenFalse, depth: depth + 1 }, { source: whenTrue, depth: depth + 1 });
  }
  if (queue.length !== end - start) return other("a tree is not all connected");
  return succeed(queue.at(-1)?.depth ?? 0);
}

/** A tree of one leaf: no node comes before a root, so its true side is a second leaf, which leads to itself. */
function putLeafTree(table: DataView, at: number, columns: number, weight: number): void {
  putNode(table, at, { column: 2 * columns, child: 0, value: weight });
  putNode(table, at + NODE_BYTES, { column: 2 * columns, child: 0, value: weight });
}

function putNode(table: DataView, at: number, { column, child, value }: { column: number; child: number; value: number }): void {
  table.setUint16(at, column * 4, true);
  table.setUint16(at + 2, child, true);
  table.setFloat32(at + 4, value, true);
}

const other = (why: string) => fail({ reason: "other_model" as const, why });
