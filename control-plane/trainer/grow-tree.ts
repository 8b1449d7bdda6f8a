/**
 * Grows one tree level by level on the gradients of its rows. Of two siblings only the smaller one's histogram is summed up; the other is the parent's less
 * that. Nodes of the last level need none.
 * Source: Chen & Guestrin 2016, section 2.2; Ke et al. 2017 for the subtraction.
 */
import { missingBin, type BinnedRows, type Cuts } from "./bins.ts";
import { fillHistogram, subtractHistogram, type Gradients, type Histogram } from "./histogram.ts";
import type { HistogramPool } from "./histogram-pool.ts";
import { RowPartition } from "./partition.ts";
import { findSplit, leafWeight, type NodeSums, type Split, type SplitRules } from "./split.ts";
import { TreeBuilder, type GrownTree } from "./tree.ts";

export interface GrowInput {
  binned: BinnedRows;
  cuts: Cuts;
  gradients: Gradients;
  /** Rows that the tree may see, ascending. */
  rows: Int32Array;
  /** Features that it may split on, ascending. */
  features: Int32Array;
  rules: SplitRules;
  maxDepth: number;
  eta: number;
}

interface GrowingNode extends NodeSums {
  id: number;
  begin: number;
  end: number;
  /** Undefined on the last level. */
  histogram: Histogram | undefined;
}

/** The tree, and its leaves added to the margins of the rows that it saw. */
export function growTree(input: GrowInput, margins: Float32Array, pool: HistogramPool): GrownTree {
  const { rules, maxDepth, cuts, features, rows, eta } = input;
  const tree = new TreeBuilder();
  const partition = new RowPartition(rows, cuts.offsets.at(-1) as number);
  let level: GrowingNode[] = [rootNode(input, tree.addNode(), partition, pool)];
  for (let depth = 0; level.length > 0; depth++) {
    const below: GrowingNode[] = [];
    for (const node of level) {
      const split = node.histogram && findSplit(node.histogram, cuts, features, node, rules);
      if (split === undefined) {
        const value = Math.fround(eta * leafWeight(rules, node.gradient, node.hessian, node.lower, node.upper));
        tree.setLeaf(node.id, value);
        addToRows(margins, partition.order, node, value);
        if (node.histogram) pool.release(node.histogram);
      } else below.push(...splitNode(input, node, split, tree, partition, pool, depth + 1 < maxDepth));
    }
    level = below;
  }
  return tree.finish();
}

/** In float32, as the model adds. */
function addToRows(margins: Float32Array, order: Int32Array, { begin, end }: GrowingNode, value: number): void {
  for (let at = begin; at < end; at++) {
    const row = order[at] as number;
    margins[row] = (margins[row] as number) + value;
  }
}

function rootNode(input: GrowInput, id: number, { order }: RowPartition, pool: HistogramPool): GrowingNode {
  const histogram = sumUp(input, { begin: 0, end: order.length }, order, pool);
  // Every row is in one bin of each feature: the sums over any feature's bins are the sums over the rows.
  const feature = input.features[0] as number;
  let gradient = 0;
  let hessian = 0;
  for (let bin = input.cuts.offsets[feature] as number; bin < (input.cuts.offsets[feature + 1] as number); bin++) {
    gradient += histogram[2 * bin] as number;
    hessian += histogram[2 * bin + 1] as number;
  }
  return { id, begin: 0, end: order.length, gradient, hessian, lower: -Infinity, upper: Infinity, histogram };
}

function sumUp(
  { binned, gradients }: GrowInput,
  { begin, end }: { begin: number; end: number },
  order: Int32Array,
  pool: HistogramPool,
): Histogram {
  const histogram = pool.take();
  fillHistogram(histogram, binned, gradients, order, begin, end);
  return histogram;
}

function splitNode(
  input: GrowInput,
  node: GrowingNode,
  split: Split,
  tree: TreeBuilder,
  partition: RowPartition,
  pool: HistogramPool,
  hasMoreLevels: boolean,
): [GrowingNode, GrowingNode] {
  const { cuts, binned, rules } = input;
  const { feature, bin, isMissingLeft, leftGradient, leftHessian } = split;
  const firstBin = cuts.offsets[feature] as number;
  const threshold = cuts.values[feature]?.[bin - firstBin - 1] as number;
  const ids = tree.split(node.id, feature, bin, threshold, isMissingLeft);
  const middle = partition.split(binned, node.begin, node.end, {
    feature,
    firstBin,
    bin,
    missingBin: missingBin(cuts, feature),
    isMissingLeft,
  });
  const sums = {
    left: { gradient: leftGradient, hessian: leftHessian },
    right: { gradient: node.gradient - leftGradient, hessian: node.hessian - leftHessian },
  };
  const bounds = childBounds(rules, node, sums, rules.monotone?.[feature] ?? 0);
  const left: GrowingNode = { id: ids.left, begin: node.begin, end: middle, ...sums.left, ...bounds.left, histogram: undefined };
  const right: GrowingNode = {
    id: ids.right,
    begin: middle,
    end: node.end,
    ...sums.right,
    ...bounds.right,
    histogram: undefined,
  };
  const parent = node.histogram as Histogram;
  if (!hasMoreLevels) pool.release(parent);
  else {
    const [small, large] = left.end - left.begin <= right.end - right.begin ? [left, right] : [right, left];
    small.histogram = sumUp(input, small, partition.order, pool);
    subtractHistogram(parent, small.histogram);
    large.histogram = parent;
  }
  return [left, right];
}

/** After a monotone split every leaf on one side stays on its side of the middle of the two weights. */
function childBounds(
  rules: SplitRules,
  { lower, upper }: NodeSums,
  sums: Record<"left" | "right", { gradient: number; hessian: number }>,
  direction: number,
): Record<"left" | "right", { lower: number; upper: number }> {
  const own = { lower, upper };
  if (direction === 0) return { left: own, right: own };
  const weight = ({ gradient, hessian }: { gradient: number; hessian: number }): number =>
    leafWeight(rules, gradient, hessian, lower, upper);
  const middle = (weight(sums.left) + weight(sums.right)) / 2;
  const below = { lower, upper: middle };
  const above = { lower: middle, upper };
  return direction > 0 ? { left: below, right: above } : { left: above, right: below };
}
