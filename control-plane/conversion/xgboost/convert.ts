/**
 * XGBoost's model files (JSON and UBJSON, versions 1.0 to 3.x) into ONNX, exact in float32: the same comparisons, the same additions in the same order
 * (docs/decisions/0015-xgboost-conversion.md). Pure. What would not be equal is refused by name.
 */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { constant, model, node, port } from "../../onnx/messages.ts";
import { transformNodes } from "../../onnx/transform.ts";
import { treeEnsembleNode, type EnsembleTree } from "../../onnx/tree-ensemble.ts";
import type { Conversion, ConversionRefusal } from "../conversion.ts";
import { readLearner, type Learner } from "./learner.ts";
import { linearNodes } from "./linear.ts";
import { readModelFile } from "./model-file.ts";
import { margin, OBJECTIVES, type Objective } from "./objectives.ts";
import { readTrees } from "./trees.ts";

const INPUT = "features";

/**
 * One input `features` `[rows, features]`, NaN where a value is missing; one output: `prediction` `[rows, outputs]`, for multi:softprob `probabilities`
 * `[rows, classes]`, for multi:softmax `label` `[rows]`.
 *
 * @example
 * const converted = convertXgboost(readFileSync("model.json"));
 * if (converted.ok) writeFileSync("model.onnx", converted.value.bytes);
 */
export function convertXgboost(bytes: Uint8Array): Result<Conversion, ConversionRefusal> {
  const file = readModelFile(bytes);
  if (!file.ok) return file;
  const learner = readLearner(file.value);
  if (!learner.ok) return learner;
  const { objective: name, version, features, featureNames, outputs } = learner.value;
  const objective = OBJECTIVES.get(name);
  if (objective === undefined) {
    return fail({
      reason: "xgboost_unsupported",
      what: name,
      why: `its objectives that convert are ${[...OBJECTIVES.keys()].join(", ")}`,
    });
  }
  const base = margins(objective, learner.value);
  if (!base.ok) return base;
  const sum = objective.transform === "identity" ? "prediction" : "sum";
  const body = modelBody(learner.value, base.value, sum);
  if (!body.ok) return body;
  const end = transformNodes(objective.transform, sum, outputs);
  const graph = {
    name: "xgboost",
    nodes: [...body.value.nodes, ...end.nodes],
    constants: [...body.value.constants, ...end.constants],
    inputs: [port(INPUT, "float", ["rows", features])],
    outputs: [end.output],
  };
  return succeed({
    bytes: model("xgboost", version, graph),
    notes: [`The model was converted from XGBoost ${version}'s own format: ${name}, ${body.value.what}.`, ...body.value.notes],
    input: { name: INPUT, missing: "nan", ...(featureNames ? { features: featureNames } : {}) },
  });
}

interface Body {
  nodes: Uint8Array[];
  constants: Uint8Array[];
  what: string;
  notes: string[];
}

function modelBody(learner: Learner, base: Float32Array, sum: string): Result<Body, ConversionRefusal> {
  const { booster, bestRounds } = learner;
  if (booster.name === "gblinear") {
    const linear = linearNodes(booster, learner, base, INPUT, sum);
    return linear.ok ? succeed({ ...linear.value, what: "linear", notes: [] }) : linear;
  }
  const trees = readTrees(booster, learner);
  if (!trees.ok) return trees;
  const columns = categoricalColumns(trees.value);
  const truncated = truncation(columns, learner.features);
  const notes: string[] = [];
  if (columns.size > 0) {
    const named = [...columns].map((column) => learner.featureNames?.[column] ?? `feature ${column}`);
    notes.push(`Categorical features take the category's number, as XGBoost does: ${named.join(", ")}.`);
  }
  if (bestRounds !== undefined && bestRounds * treesPerRound(learner) < trees.value.length) {
    notes.push(
      `Training stopped early with ${bestRounds} rounds as the best; all ${trees.value.length} trees of the file are used, as Booster.predict does.`,
    );
  }
  return succeed({
    nodes: [...truncated.nodes, treeEnsembleNode({ trees: trees.value, base }, truncated.output, sum)],
    constants: truncated.constants,
    what: `${booster.name}, ${trees.value.length} trees`,
    notes,
  });
}

const treesPerRound = ({ outputs, parallelTrees }: Learner): number => outputs * parallelTrees;

function margins({ link }: Objective, { baseScores, objective }: Learner): Result<Float32Array, ConversionRefusal> {
  const values = Float32Array.from(baseScores, (score) => margin(link, score));
  if (values.every(Number.isFinite)) return succeed(values);
  return fail({ reason: "xgboost_unreadable", detail: `base_score ${baseScores.join(", ")} is impossible for ${objective}` });
}

function categoricalColumns(trees: readonly EnsembleTree[]): Set<number> {
  const columns = new Set<number>();
  for (const { rightCategories, feature } of trees)
    for (const at of rightCategories?.keys() ?? []) columns.add(feature[at] as number);
  return columns;
}

/** XGBoost cuts the fraction off a categorical value before it looks it up. Floor differs only below 0, where no category is. */
function truncation(
  columns: ReadonlySet<number>,
  features: number,
): { nodes: Uint8Array[]; constants: Uint8Array[]; output: string } {
  if (columns.size === 0) return { nodes: [], constants: [], output: INPUT };
  const isCategorical = Array.from({ length: features }, (_, column) => columns.has(column));
  return {
    nodes: [node("Floor", [INPUT], ["whole"]), node("Where", ["is_categorical", "whole", INPUT], ["values"])],
    constants: [constant("is_categorical", [1, features], isCategorical)],
    output: "values",
  };
}
