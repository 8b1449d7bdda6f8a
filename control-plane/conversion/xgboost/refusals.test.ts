/** Everything that is refused of an XGBoost model, by its name, each as one change of a good model. */
import { describe, expect, it } from "vitest";
import type { ConversionRefusal } from "../conversion.ts";
import { JSON_DEPTH_MAX, SPLIT_CATEGORIES_MAX, TREE_DEPTH_MAX, TREE_NODES_MAX, TREES_MAX } from "../conversion-limits.ts";
import { changedJson, type AnyModel } from "./changed-model.fixture.ts";
import { convertXgboost } from "./convert.ts";
import type { Learner } from "./learner.ts";
import { readTrees } from "./trees.ts";

const firstTree = (change: (tree: Record<string, number[]>) => void) => (model: AnyModel) =>
  change(model.learner.gradient_booster.model.trees[0] as Record<string, number[]>);

describe("a model that cannot be converted", () => {
  const cases: [what: string, name: string, change: (model: AnyModel) => void, refusal: Partial<ConversionRefusal> & object][] = [
    [
      "an objective that is not known",
      "poisson.json",
      (model) => (model.learner.objective.name = "reg:quantileerror"),
      { reason: "xgboost_unsupported", what: "reg:quantileerror" },
    ],
    [
      "leaves that hold vectors",
      "poisson.json",
      firstTree((tree) => Object.assign(tree, { tree_param: { size_leaf_vector: "3" } })),
      { reason: "xgboost_unsupported", what: "multi_output_tree" },
    ],
    [
      "a booster that is not known",
      "poisson.json",
      (model) => (model.learner.gradient_booster.name = "forest"),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a base score outside of what the objective takes",
      "poisson.json",
      (model) => (model.learner.learner_model_param["base_score"] = "-1"),
      { reason: "xgboost_unreadable" },
    ],
    [
      "base scores for other outputs",
      "softmax.json",
      (model) => (model.learner.learner_model_param["base_score"] = "[1,2]"),
      { reason: "xgboost_unreadable" },
    ],
    [
      "feature names for other features",
      "poisson.json",
      (model) => model.learner.feature_names.push("more"),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a child that is its own ancestor",
      "poisson.json",
      firstTree((tree) => ((tree["left_children"] as number[])[0] = 0)),
      { reason: "xgboost_unreadable", detail: "tree 0: node 0 has two parents" },
    ],
    [
      "a child out of bounds",
      "poisson.json",
      firstTree((tree) => ((tree["right_children"] as number[])[0] = 1e9)),
      { reason: "xgboost_unreadable", detail: expect.stringMatching(/^tree 0: a child is node 1000000000 of/) as string },
    ],
    [
      "a child whose number wraps round in 32 bits",
      "poisson.json",
      firstTree((tree) => ((tree["right_children"] as number[])[0] = 2 ** 32 + 2)),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a feature out of bounds",
      "poisson.json",
      firstTree((tree) => ((tree["split_indices"] as number[])[0] = 4)),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a threshold that is missing",
      "poisson.json",
      firstTree((tree) => ((tree["split_conditions"] as unknown[])[0] = null)),
      { reason: "xgboost_unreadable", detail: "tree 0: node 0 has no threshold" },
    ],
    [
      "lists of unequal length",
      "poisson.json",
      firstTree((tree) => (tree["default_left"] as number[]).push(1)),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a tree for an output that is not there",
      "softmax.json",
      (model) => (model.learner.gradient_booster.model.tree_info[0] = 3),
      { reason: "xgboost_unreadable" },
    ],
    [
      "categories beyond their list",
      "categorical.json",
      firstTree((tree) => ((tree["categories_sizes"] as number[])[0] = 999)),
      { reason: "xgboost_unreadable" },
    ],
    [
      "linear weights for other features",
      "linear.json",
      (model) => (model.learner.gradient_booster.model["weights"] = [1, 2]),
      { reason: "xgboost_unreadable" },
    ],
    [
      "a leaf of infinity",
      "poisson.json",
      infiniteLeaf,
      {
        reason: "xgboost_unreadable",
        detail: expect.stringMatching(/^tree 0: leaf \d+ has the value Infinity$/) as unknown as string,
      },
    ],
    [
      "a node with one child",
      "poisson.json",
      firstTree((tree) => ((tree["right_children"] as number[])[0] = -1)),
      { reason: "xgboost_unreadable", detail: "tree 0: node 0 has one child" },
    ],
    [
      "an output for a tree that is not there",
      "poisson.json",
      (model) => model.learner.gradient_booster.model.tree_info.push(0),
      { reason: "xgboost_unreadable", detail: "tree_info has 7 entries for 6 trees" },
    ],
    [
      "weights for more trees than there are",
      "poisson.json",
      (model) => (model.learner.gradient_booster.model["weight_drop"] = Array.from({ length: 7 }, () => 1)),
      { reason: "xgboost_unreadable" },
    ],
    [
      "too many categories in a split",
      "categorical.json",
      firstTree(manyCategories),
      { reason: "xgboost_too_large", what: "categories of one split" },
    ],
    [
      "a categorical split without categories",
      "categorical.json",
      firstTree((tree) => Object.assign(tree, { categories_nodes: [], categories_segments: [], categories_sizes: [] })),
      { reason: "xgboost_unreadable" },
    ],
    [
      "too many outputs",
      "linear.json",
      (model) => (model.learner.learner_model_param["num_class"] = "2000"),
      { reason: "xgboost_too_large", what: "outputs" },
    ],
    [
      "a linear weight that is missing",
      "linear.json",
      (model) => (model.learner.gradient_booster.model["weights"] = [1, 1, null, 1, 1]),
      { reason: "xgboost_unreadable", detail: "a weight is not finite" },
    ],
    [
      "too many trees",
      "poisson.json",
      (model) => (model.learner.gradient_booster.model.trees = Array.from({ length: TREES_MAX + 1 }, () => ({}))),
      { reason: "xgboost_too_large", what: "trees" },
    ],
    [
      "a tree that is too deep",
      "poisson.json",
      firstTree((tree) => Object.assign(tree, chain(TREE_DEPTH_MAX + 1))),
      { reason: "xgboost_unreadable" },
    ],
  ];

  it.each(cases)("is refused by name: %s", (_, name, change, refusal) => {
    expect(convertXgboost(changedJson(name, change))).toEqual({
      ok: false,
      failure: expect.objectContaining(refusal) as unknown,
    });
  });

  it.each(["{", "{}", '{"learner": {}}', `{"a":${"[".repeat(100_000)}`, "{L"])("is refused as unreadable: %.20s", (text) => {
    expect(convertXgboost(Buffer.from(text))).toMatchObject({ ok: false, failure: { reason: "xgboost_unreadable" } });
  });

  it("is refused with values nested too deep, before they are parsed", () => {
    const text = `{"a":${"[".repeat(JSON_DEPTH_MAX)}${"]".repeat(JSON_DEPTH_MAX)},"b":"[[{\\"["}`;
    expect(convertXgboost(Buffer.from(text))).toEqual(unreadable(`values are nested more than ${JSON_DEPTH_MAX} deep`));
    expect(convertXgboost(Buffer.from(text.replace("[", "").replace("]", "")))).not.toEqual(
      unreadable(`values are nested more than ${JSON_DEPTH_MAX} deep`),
    );
  });

  it("is refused with too many nodes over all trees", () => {
    const tree = chain(TREE_DEPTH_MAX);
    const trees = Array.from({ length: TREE_NODES_MAX / (2 * TREE_DEPTH_MAX) }, () => tree);
    const booster = { name: "gbtree" as const, model: { trees, tree_info: new Uint8Array(trees.length) } };
    const learner = { outputs: 1, features: 1 } as Learner;
    expect(readTrees(booster, learner)).toMatchObject({ ok: false, failure: { reason: "xgboost_too_large", what: "nodes" } });
  });
});

const unreadable = (detail: string) => ({ ok: false, failure: { reason: "xgboost_unreadable", detail } });

function infiniteLeaf(model: AnyModel): void {
  const tree = model.learner.gradient_booster.model.trees[0] as Record<string, unknown[]>;
  const leaf = (tree["left_children"] as number[]).indexOf(-1);
  // Past float32, not past JSON.
  (tree["split_conditions"] as number[])[leaf] = 1e300;
}

function manyCategories(tree: Record<string, number[]>): void {
  tree["categories"] = Array.from({ length: SPLIT_CATEGORIES_MAX + 1 }, (_, at) => at);
  (tree["categories_segments"] as number[])[0] = 0;
  (tree["categories_sizes"] as number[])[0] = SPLIT_CATEGORIES_MAX + 1;
}

/** A tree that only goes left, as deep as `levels`. */
function chain(levels: number): Record<string, number[]> {
  const nodes = 2 * levels + 1;
  const inner = (at: number): boolean => at % 2 === 0 && at < nodes - 1;
  const list = (value: (at: number) => number) => Array.from({ length: nodes }, (_, at) => value(at));
  return {
    left_children: list((at) => (inner(at) ? at + 2 : -1)),
    right_children: list((at) => (inner(at) ? at + 1 : -1)),
    split_indices: list(() => 0),
    split_conditions: list(() => 1),
    default_left: list(() => 0),
    split_type: list(() => 0),
  };
}
