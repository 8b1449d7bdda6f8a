/**
 * Decision trees as one ai.onnx.ml TreeEnsembleRegressor, so that onnxruntime adds them up in the order that gradient boosting does. A sum of float32
 * depends on its order: onnxruntime adds the trees from 0 in their order and `base_values` last, where XGBoost begins with the base score. So the base
 * score is not given as `base_values` but as a first tree of a single leaf: 0 + base is exact, and every later addition is the same one.
 * Knows nothing of where the trees come from.
 */
import { attribute, node } from "./messages.ts";

/** One tree as arrays over its nodes; the root is node 0. */
export interface EnsembleTree {
  /** Index of the left child, -1 for a leaf. */
  left: Int32Array;
  right: Int32Array;
  /** Column that an inner node looks at. */
  feature: Int32Array;
  /** Threshold of an inner node: smaller values go left. Value of a leaf. */
  value: Float32Array;
  /** 1 where a missing value goes left. */
  missingLeft: Uint8Array;
  /** Inner nodes that do not compare but look their value up: the values that go right. None of them: left. */
  rightCategories?: ReadonlyMap<number, readonly number[]>;
  /** Column of the output that its leaves add to. */
  target: number;
}

export interface Ensemble {
  trees: readonly EnsembleTree[];
  /** What each column of the output begins with. Its length is the number of columns. */
  base: Float32Array;
}

const MODES = ["LEAF", "BRANCH_LT", "BRANCH_EQ"] as const;
const [LEAF, LESS, EQUAL] = [0, 1, 2];

/** NodeProto that reads `[rows, features]` and makes `[rows, base.length]`. */
export function treeEnsembleNode({ trees, base }: Ensemble, input: string, output: string): Uint8Array {
  const rows = new NodeRows();
  rows.addLeaf(0, 0);
  base.forEach((value, target) => rows.addWeight(0, 0, target, value));
  trees.forEach((tree, index) => addTree(rows, tree, index + 1));
  return node("TreeEnsembleRegressor", [input], [output], { domain: "ai.onnx.ml", attributes: rows.attributes(base.length) });
}

/** Children come after their parent, a chain of categories in one run: pre-order, with a stack of our own because trees may be deep. */
function addTree(rows: NodeRows, tree: EnsembleTree, treeId: number): void {
  /** Nodes of the tree yet to be written, with the place in `rows` where each one's number is awaited. */
  const pending: { source: number; awaitedBy: { row: number; side: "true" | "false" }[] }[] = [{ source: 0, awaitedBy: [] }];
  let nodeId = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { source, awaitedBy } = next;
    for (const { row, side } of awaitedBy) rows.setChild(row, side, nodeId);
    const [left, right] = [tree.left[source] as number, tree.right[source] as number];
    if (left === -1) {
      rows.addLeaf(treeId, nodeId);
      rows.addWeight(treeId, nodeId, tree.target, tree.value[source] as number);
      nodeId++;
      continue;
    }
    const feature = tree.feature[source] as number;
    const isMissingLeft = tree.missingLeft[source] === 1;
    const categories = tree.rightCategories?.get(source);
    if (categories === undefined) {
      const row = rows.addBranch(treeId, nodeId++, LESS, feature, tree.value[source] as number, isMissingLeft);
      pending.push({ source: right, awaitedBy: [{ row, side: "false" }] }, { source: left, awaitedBy: [{ row, side: "true" }] });
      continue;
    }
    // A set of categories is a chain of comparisons with one of them each. All lead to the same right child.
    const chain = categories.map((category, at) => {
      const row = rows.addBranch(treeId, nodeId++, EQUAL, feature, category, !isMissingLeft);
      if (at + 1 < categories.length) rows.setChild(row, "false", nodeId);
      return row;
    });
    pending.push(
      { source: right, awaitedBy: chain.map((row) => ({ row, side: "true" as const })) },
      { source: left, awaitedBy: [{ row: chain.at(-1) as number, side: "false" }] },
    );
  }
}

/** The operator's parallel lists. */
class NodeRows {
  readonly #treeIds: number[] = [];
  readonly #nodeIds: number[] = [];
  readonly #modes: number[] = [];
  readonly #features: number[] = [];
  readonly #values: number[] = [];
  readonly #trueIds: number[] = [];
  readonly #falseIds: number[] = [];
  readonly #missingTrue: number[] = [];
  readonly #weightTreeIds: number[] = [];
  readonly #weightNodeIds: number[] = [];
  readonly #weightTargets: number[] = [];
  readonly #weights: number[] = [];

  addBranch(treeId: number, nodeId: number, mode: number, feature: number, value: number, isMissingTrue: boolean): number {
    this.#treeIds.push(treeId);
    this.#nodeIds.push(nodeId);
    this.#modes.push(mode);
    this.#features.push(feature);
    this.#values.push(value);
    this.#trueIds.push(0);
    this.#falseIds.push(0);
    this.#missingTrue.push(Number(isMissingTrue));
    return this.#nodeIds.length - 1;
  }

  addLeaf(treeId: number, nodeId: number): void {
    this.addBranch(treeId, nodeId, LEAF, 0, 0, false);
  }

  addWeight(treeId: number, nodeId: number, target: number, weight: number): void {
    this.#weightTreeIds.push(treeId);
    this.#weightNodeIds.push(nodeId);
    this.#weightTargets.push(target);
    this.#weights.push(weight);
  }

  setChild(row: number, side: "true" | "false", nodeId: number): void {
    (side === "true" ? this.#trueIds : this.#falseIds)[row] = nodeId;
  }

  attributes(targets: number): Uint8Array[] {
    return [
      attribute.integer("n_targets", targets),
      attribute.integers("nodes_treeids", this.#treeIds),
      attribute.integers("nodes_nodeids", this.#nodeIds),
      attribute.texts("nodes_modes", MODES, this.#modes),
      attribute.integers("nodes_featureids", this.#features),
      attribute.floats("nodes_values", Float32Array.from(this.#values)),
      attribute.integers("nodes_truenodeids", this.#trueIds),
      attribute.integers("nodes_falsenodeids", this.#falseIds),
      attribute.integers("nodes_missing_value_tracks_true", this.#missingTrue),
      attribute.integers("target_treeids", this.#weightTreeIds),
      attribute.integers("target_nodeids", this.#weightNodeIds),
      attribute.integers("target_ids", this.#weightTargets),
      attribute.floats("target_weights", Float32Array.from(this.#weights)),
    ];
  }
}
