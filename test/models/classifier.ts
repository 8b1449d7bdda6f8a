/**
 * A classifier as skl2onnx exports one: integer or text labels, probabilities as a sequence of maps made by ZipMap. Linear or trees.
 * `withZipMap: false` ends in the probability tensor, as skl2onnx does with `zipmap=False`.
 */
import { attribute, mlNode, node, port, writeModel, type Fields } from "./onnx-writer.ts";
import { weights } from "./weights.ts";

export const CLASSIFIER_FEATURES = 4;
export const TEXT_LABELS = ["good", "moderate", "unhealthy"] as const;
export const INTEGER_LABELS = [10, 20, 30] as const;

export interface ClassifierParts {
  labels: "texts" | "integers";
  kind?: "linear" | "trees";
  withZipMap?: boolean;
}

export function classifierModel({ labels, kind = "linear", withZipMap = true }: ClassifierParts): Uint8Array {
  const isText = labels === "texts";
  const names = (suffix: string): Fields =>
    isText
      ? attribute.texts(`classlabels_${suffix === "int64s" ? "strings" : suffix}`, TEXT_LABELS)
      : attribute.ints(`classlabels_${suffix}`, INTEGER_LABELS);
  const classifier = kind === "linear" ? linear(names(isText ? "strings" : "ints")) : trees(names(isText ? "strings" : "int64s"));
  const zipMap = mlNode("ZipMap", ["probabilities"], ["output_probability"], [names(isText ? "strings" : "int64s")]);
  return writeModel({
    inputs: [port("float_input", "FP32", ["batch", CLASSIFIER_FEATURES])],
    outputs: [
      port("output_label", isText ? "BYTES" : "INT64", ["batch"]),
      withZipMap
        ? { name: "output_probability", type: { sequenceType: { elemType: mapType(isText) } } }
        : port("probabilities", "FP32", ["batch", TEXT_LABELS.length]),
    ],
    nodes: [
      classifier,
      mlNode("Normalizer", ["raw_probabilities"], ["probabilities"], [attribute.text("norm", "L1")]),
      node("Identity", ["label"], ["output_label"]),
      ...(withZipMap ? [zipMap] : []),
    ],
  });
}

const FLOAT = 1;
const mapType = (isText: boolean): Fields => ({
  mapType: { keyType: isText ? 8 : 7, valueType: { tensorType: { elemType: FLOAT } } },
});

function linear(labels: Fields): Fields {
  const classes = TEXT_LABELS.length;
  return mlNode(
    "LinearClassifier",
    ["float_input"],
    ["label", "raw_probabilities"],
    [
      labels,
      attribute.floats("coefficients", weights(1, classes * CLASSIFIER_FEATURES)),
      attribute.floats("intercepts", weights(2, classes)),
      attribute.int("multi_class", 1),
      attribute.text("post_transform", "SOFTMAX"),
    ],
  );
}

/** Eight stumps: node 0 splits, nodes 1 and 2 vote with one weight per class. */
function trees(labels: Fields): Fields {
  const stumps = Array.from({ length: 8 }, (_, tree) => tree);
  const classes = TEXT_LABELS.map((_, index) => index);
  const thresholds = weights(3, stumps.length);
  const votes = weights(4, stumps.length * 2 * classes.length).map(Math.abs);
  const perNode = (values: (tree: number) => number[]) => stumps.flatMap(values);
  const perVote = (value: (tree: number, leaf: number, label: number) => number) =>
    stumps.flatMap((tree) => [1, 2].flatMap((leaf) => classes.map((label) => value(tree, leaf, label))));
  return mlNode(
    "TreeEnsembleClassifier",
    ["float_input"],
    ["label", "raw_probabilities"],
    [
      labels,
      attribute.ints(
        "nodes_treeids",
        perNode((tree) => [tree, tree, tree]),
      ),
      attribute.ints(
        "nodes_nodeids",
        perNode(() => [0, 1, 2]),
      ),
      attribute.ints(
        "nodes_featureids",
        perNode((tree) => [tree % CLASSIFIER_FEATURES, 0, 0]),
      ),
      attribute.texts(
        "nodes_modes",
        stumps.flatMap(() => ["BRANCH_LEQ", "LEAF", "LEAF"]),
      ),
      attribute.floats(
        "nodes_values",
        perNode((tree) => [thresholds[tree] as number, 0, 0]),
      ),
      attribute.ints(
        "nodes_truenodeids",
        perNode(() => [1, 0, 0]),
      ),
      attribute.ints(
        "nodes_falsenodeids",
        perNode(() => [2, 0, 0]),
      ),
      attribute.ints(
        "class_treeids",
        perVote((tree) => tree),
      ),
      attribute.ints(
        "class_nodeids",
        perVote((_, leaf) => leaf),
      ),
      attribute.ints(
        "class_ids",
        perVote((_tree, _leaf, label) => label),
      ),
      attribute.floats("class_weights", votes),
      attribute.text("post_transform", "NONE"),
    ],
  );
}
