/** What is no model for the walk of trees, each with its reason; all of it is onnxruntime's then. */
import { describe, expect, it } from "vitest";
import { attribute, constant, node } from "../../control-plane/onnx/messages.ts";
import { seededRandom } from "../../control-plane/inspection/seeded-random.ts";
import { drawLists, ensembleOnnx, type Changes } from "./ensemble.fixture.ts";
import { bytesField, joinBytes } from "../protobuf-wire.ts";
import { packEnsemble } from "./pack-ensemble.ts";
import { readEnsemble, type EnsembleLists } from "./read-ensemble.ts";

const COLUMNS = 3;
const lists = drawLists(seededRandom(4), { trees: 3, columns: COLUMNS, depthMax: 3, leafiness: 0, base: 0.5 });
const outcome = (onnx: Uint8Array): string => {
  const read = readEnsemble(onnx);
  if (!read.ok) return read.failure.why;
  const packed = packEnsemble(read.value, COLUMNS);
  return packed.ok ? "walked" : packed.failure.why;
};
const changed = (changes: Changes): string => outcome(ensembleOnnx(lists, COLUMNS, changes));
/** The lists with one entry of one of them changed. */
const altered = (change: (copy: EnsembleLists) => void): string => {
  const copy = structuredClone(lists);
  change(copy);
  return outcome(ensembleOnnx(copy, COLUMNS));
};
const put = (list: readonly number[], at: number, value: number): void => void ((list as number[])[at] = value);

describe("an ensemble is walked", () => {
  it("as it is, and without what has a default", () => {
    expect(changed({})).toBe("walked");
    expect(changed({ attributes: { base_values: undefined, nodes_missing_value_tracks_true: undefined } })).toBe("walked");
    expect(changed({ attributes: { nodes_hitrates: attribute.floats("nodes_hitrates", new Float32Array(4)) } })).toBe("walked");
  });

  it("by what the file says", () => {
    expect(readEnsemble(ensembleOnnx(lists, COLUMNS))).toEqual({
      ok: true,
      value: { ...lists, nodes: { ...lists.nodes, values: Array.from(Float32Array.from(lists.nodes.values)) } },
    });
  });
});

describe("another model is left to onnxruntime", () => {
  const texts = (name: string, value: string) => ({ attributes: { [name]: attribute.text(name, value) } });
  it.each<[string, Changes]>([
    ["its operator is ai.onnx.ml:TreeEnsembleClassifier", { operator: "TreeEnsembleClassifier" }],
    ["its operator is ai.onnx:TreeEnsembleRegressor", { domain: "" }],
    ["its graph has 2 operators, not one", { moreNodes: [node("Sigmoid", ["sum"], ["odds"])] }],
    ["its graph has constants", { constants: [constant("c", [1], Float32Array.of(1))] }],
    ["its trees are not added up: AVERAGE", texts("aggregate_function", "AVERAGE")],
    ["its sum is transformed: LOGISTIC", texts("post_transform", "LOGISTIC")],
    ["of the attribute surprise", texts("surprise", "")],
    ["it has several targets", { attributes: { n_targets: attribute.integer("n_targets", 2) } }],
    [
      "it has several targets",
      {
        attributes: {
          target_ids: attribute.integers(
            "target_ids",
            lists.targets.weights.map((_, at) => at % 2),
          ),
        },
      },
    ],
    ["it has several base values", { attributes: { base_values: attribute.floats("base_values", Float32Array.of(1, 2)) } }],
    [
      "a node compares by BRANCH_EQ",
      {
        attributes: {
          nodes_modes: attribute.texts(
            "nodes_modes",
            ["BRANCH_EQ"],
            lists.nodes.modes.map(() => 0),
          ),
        },
      },
    ],
    ["its lists differ in length", { attributes: { nodes_values: attribute.floats("nodes_values", Float32Array.of(1)) } }],
    ["its lists differ in length", { attributes: { target_weights: attribute.floats("target_weights", Float32Array.of(1)) } }],
    ["its base value is not finite", { attributes: { base_values: attribute.floats("base_values", Float32Array.of(NaN)) } }],
  ])("because %s", (why, changes) => {
    expect(changed(changes)).toBe(why);
  });

  const inner = lists.nodes.modes.indexOf("BRANCH_LT");
  it.each<[string, (copy: EnsembleLists) => void]>([
    ["it looks at column 3 of 3", ({ nodes }) => put(nodes.features, inner, 3)],
    ["a branch leads out of its tree", ({ nodes }) => put(nodes.trueIds, inner, 99)],
    ["a leaf has no finite weight, or two ways lead to it", ({ nodes }) => put(nodes.trueIds, 0, nodes.falseIds[0] as number)],
    ["a tree's branches meet again", ({ nodes }) => put(nodes.falseIds, inner, 0)],
    ["a threshold is not finite", ({ nodes }) => put(nodes.values, inner, Infinity)],
    ["two nodes of a tree have one number", ({ nodes }) => put(nodes.nodeIds, 1, 0)],
    ["its trees are not in order", ({ nodes }) => nodes.treeIds.forEach((id, at) => put(nodes.treeIds, at, 2 - id))],
    ["a leaf has no finite weight, or two ways lead to it", ({ targets }) => put(targets.weights, 0, NaN)],
    ["a leaf has several weights", ({ targets }) => put(targets.nodeIds, 0, targets.nodeIds[1] as number)],
    [
      "a weight belongs to no leaf",
      ({ targets }) => [targets.treeIds, targets.nodeIds, targets.weights].forEach((list) => (list as number[]).push(77)),
    ],
    [
      "a tree is not all connected",
      ({ nodes, targets }) => {
        (nodes.modes as string[])[0] = "LEAF";
        for (const [list, entry] of [
          [targets.treeIds, 0],
          [targets.nodeIds, 0],
          [targets.weights, 1],
        ] as const)
          (list as number[]).push(entry);
      },
    ],
  ])("because %s", (why, change) => {
    expect(altered(change)).toBe(why);
  });

  it("because it has functions of its own, which may give the operator another meaning", () => {
    expect(outcome(joinBytes([ensembleOnnx(lists, COLUMNS), bytesField(25, new Uint8Array())]))).toBe(
      "it has functions of its own",
    );
  });

  it("because a tree is too deep", () => {
    const deep = drawLists(() => 0.6, { trees: 1, columns: 1, depthMax: 1, leafiness: 0, base: 0 });
    const { nodes, targets } = deep as unknown as { nodes: Record<string, unknown[]>; targets: Record<string, unknown[]> };
    for (const list of [...Object.values(nodes), ...Object.values(targets)]) list.length = 0;
    // A chain: node 2n is a branch to the leaf 2n + 1 and to node 2n + 2.
    for (let at = 0; at < 65; at++) {
      const row = {
        treeIds: 0,
        nodeIds: 2 * at,
        modes: "BRANCH_LT",
        features: 0,
        values: at,
        trueIds: 2 * at + 1,
        falseIds: 2 * at + 2,
        missingTrue: 0,
      };
      const leaf = { ...row, nodeIds: 2 * at + 1, modes: "LEAF" };
      for (const node of [row, leaf]) for (const [name, value] of Object.entries(node)) nodes[name]?.push(value);
    }
    for (const [name, value] of Object.entries({
      treeIds: 0,
      nodeIds: 130,
      modes: "LEAF",
      features: 0,
      values: 0,
      trueIds: 0,
      falseIds: 0,
      missingTrue: 0,
    }))
      nodes[name]?.push(value);
    for (let at = 0; at <= 65; at++) {
      targets["treeIds"]?.push(0);
      targets["nodeIds"]?.push(at === 65 ? 130 : 2 * at + 1);
      targets["weights"]?.push(1);
    }
    expect(outcome(ensembleOnnx(deep, 1))).toBe("a tree is more than 64 deep");
  });

  it("because it is no ONNX file, or half of one, whatever the bytes", () => {
    expect(outcome(new Uint8Array(100).fill(7))).toMatch(/^it /);
    const whole = ensembleOnnx(lists, COLUMNS);
    for (let length = 0; length < whole.length; length += 7) expect(outcome(whole.subarray(0, length))).not.toBe("walked");
  });
});
