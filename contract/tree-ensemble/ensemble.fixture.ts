/** For tests: ensembles drawn from a seed as the operator's lists, and any lists as an ONNX file. */
import { attribute, model, node, port } from "../../control-plane/onnx/messages.ts";
import type { Random } from "../../control-plane/inspection/seeded-random.ts";
import type { EnsembleLists, NodeMode } from "./read-ensemble.ts";

const MODES: readonly NodeMode[] = ["LEAF", "BRANCH_LT", "BRANCH_LEQ"];

export interface Drawn {
  trees: number;
  columns: number;
  depthMax: number;
  /** Chance that a node below the root is a leaf. */
  leafiness: number;
  base: number;
}

/** Lists that onnxruntime takes: thresholds from a small grid, so that rows meet them exactly, and zeros of both signs among them. */
export function drawLists(random: Random, { trees, columns, depthMax, leafiness, base }: Drawn): EnsembleLists {
  const lists = {
    input: "features",
    output: "sum",
    base,
    nodes: emptyNodes(),
    targets: { treeIds: [] as number[], nodeIds: [] as number[], weights: [] as number[] },
  };
  const float = (scale: number): number => Math.fround((random() - 0.5) * scale);
  for (let tree = 0; tree < trees; tree++) {
    let next = 0;
    const grow = (depth: number): number => {
      const id = next++;
      const at = lists.nodes.nodeIds.push(id) - 1;
      const isLeaf = depth === depthMax || random() < leafiness;
      const mode = isLeaf ? "LEAF" : random() < 0.5 ? "BRANCH_LT" : "BRANCH_LEQ";
      lists.nodes.treeIds.push(tree);
      lists.nodes.modes.push(mode);
      lists.nodes.features.push(isLeaf ? 0 : Math.floor(random() * columns));
      lists.nodes.values.push(isLeaf ? 0 : threshold(random));
      lists.nodes.missingTrue.push(isLeaf ? 0 : Number(random() < 0.5));
      lists.nodes.trueIds.push(0);
      lists.nodes.falseIds.push(0);
      if (isLeaf) {
        lists.targets.treeIds.push(tree);
        lists.targets.nodeIds.push(id);
        lists.targets.weights.push(float(100));
      } else {
        lists.nodes.trueIds[at] = grow(depth + 1);
        lists.nodes.falseIds[at] = grow(depth + 1);
      }
      return id;
    };
    grow(0);
  }
  return lists;
}

const emptyNodes = () => ({
  treeIds: [] as number[],
  nodeIds: [] as number[],
  modes: [] as NodeMode[],
  features: [] as number[],
  values: [] as number[],
  trueIds: [] as number[],
  falseIds: [] as number[],
  missingTrue: [] as number[],
});

/** Values near and at which comparisons go wrong, if they do. */
const EDGES = [0, -0, 2 ** -149, -(2 ** -149), 1, -1, 2 ** -126, 3.4028234663852886e38, -3.4028234663852886e38];

const threshold = (random: Random): number =>
  random() < 0.1 ? (EDGES[Math.floor(random() * 7)] as number) : Math.floor(random() * 20) / 4 - 2.5;

/** Row-major; what thresholds are drawn from, missing values and both infinities. */
export function drawRows(random: Random, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, () => {
    const draw = random();
    if (draw < 0.15) return NaN;
    if (draw < 0.2) return draw < 0.175 ? Infinity : -Infinity;
    if (draw < 0.35) return EDGES[Math.floor(random() * EDGES.length)] as number;
    return threshold(random);
  });
}

export interface Changes {
  /** Attributes that take the place of those of the same name, or join them; undefined leaves one out. */
  attributes?: Record<string, Uint8Array | undefined>;
  operator?: string;
  domain?: "" | "ai.onnx.ml";
  moreNodes?: readonly Uint8Array[];
  constants?: readonly Uint8Array[];
}

export function ensembleOnnx(
  { input, output, base, nodes, targets }: EnsembleLists,
  columns: number,
  changes: Changes = {},
): Uint8Array {
  const { attributes = {}, operator = "TreeEnsembleRegressor", domain = "ai.onnx.ml", moreNodes = [], constants = [] } = changes;
  const own: Record<string, Uint8Array | undefined> = {
    n_targets: attribute.integer("n_targets", 1),
    base_values: attribute.floats("base_values", Float32Array.of(base)),
    nodes_treeids: attribute.integers("nodes_treeids", nodes.treeIds),
    nodes_nodeids: attribute.integers("nodes_nodeids", nodes.nodeIds),
    nodes_modes: attribute.texts(
      "nodes_modes",
      MODES,
      nodes.modes.map((mode) => MODES.indexOf(mode)),
    ),
    nodes_featureids: attribute.integers("nodes_featureids", nodes.features),
    nodes_values: attribute.floats("nodes_values", Float32Array.from(nodes.values)),
    nodes_truenodeids: attribute.integers("nodes_truenodeids", nodes.trueIds),
    nodes_falsenodeids: attribute.integers("nodes_falsenodeids", nodes.falseIds),
    nodes_missing_value_tracks_true: attribute.integers("nodes_missing_value_tracks_true", nodes.missingTrue),
    target_treeids: attribute.integers("target_treeids", targets.treeIds),
    target_nodeids: attribute.integers("target_nodeids", targets.nodeIds),
    target_ids: attribute.integers(
      "target_ids",
      targets.weights.map(() => 0),
    ),
    target_weights: attribute.floats("target_weights", Float32Array.from(targets.weights)),
    ...attributes,
  };
  const ensemble = node(operator, [input], [output], {
    domain,
    attributes: Object.values(own).filter((bytes) => bytes !== undefined),
  });
  return model("test", "1", {
    name: "ensemble",
    nodes: [ensemble, ...moreNodes],
    constants,
    inputs: [port(input, "float", ["rows", columns])],
    outputs: [port(output, "float", ["rows", 1])],
  });
}
