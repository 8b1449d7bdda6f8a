/**
 * The frame of an XGBoost model: what kind it is, how many outputs it has, what they begin with. Trees and weights stay unread values here (trees.ts,
 * linear.ts). Versions 1.0 to 3.x; unknown fields are XGBoost's to add and are passed over.
 * Source: XGBoost's tutorial "Introduction to Model IO" and doc/model.schema.
 */
import { z } from "zod";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { ConversionRefusal } from "../conversion.ts";
import { OUTPUTS_MAX } from "../conversion-limits.ts";

/** XGBoost writes its parameters as texts. */
const count = z
  .string()
  .regex(/^\d{1,9}$/, "a whole number as text")
  .transform(Number);

/** "5E-1" before version 3.1, "[5E-1]" or "[1E0,2E0]" since. */
const floats = z.string().transform((text, context) => {
  const values = text
    .replace(/^\[(.*)\]$/, "$1")
    .split(",")
    .map((part) => Math.fround(part.trim() === "" ? NaN : Number(part)));
  if (values.every(Number.isFinite)) return values;
  context.addIssue({ code: "custom", message: `${JSON.stringify(text.slice(0, 100))} is not a number or a list of them` });
  return z.NEVER;
});

/** A list as JSON has it (null where XGBoost wrote NaN), or a typed array as UBJSON has it; copied by the reader that knows its type. */
export const numberList = z
  .custom<ArrayLike<number | boolean> | (number | boolean | null)[]>(
    (value) => (ArrayBuffer.isView(value) && !(value instanceof DataView)) || (Array.isArray(value) && value.every(isNumeric)),
    "a list of numbers",
  )
  .transform((list): ArrayLike<number | boolean> => (Array.isArray(list) ? list.map((item) => item ?? NaN) : list));

const isNumeric = (item: unknown): boolean => typeof item === "number" || typeof item === "boolean" || item === null;

const trees = z.object({
  gbtree_model_param: z.object({ num_parallel_tree: count.optional() }).optional(),
  trees: z.array(z.unknown()),
  tree_info: numberList,
  /** Version 3.5 on; dart has it one level up before. */
  weight_drop: numberList.optional(),
});

const gradientBooster = z.discriminatedUnion("name", [
  z.object({ name: z.literal("gbtree"), model: trees }),
  z.object({ name: z.literal("dart"), gbtree: z.object({ model: trees }), weight_drop: numberList }),
  z.object({ name: z.literal("gblinear"), model: z.object({ weights: numberList }) }),
]);

const modelFile = z.object({
  version: z.tuple([z.int(), z.int(), z.int()]),
  learner: z.object({
    attributes: z.record(z.string(), z.string()).optional(),
    feature_names: z.array(z.string()).optional(),
    gradient_booster: gradientBooster,
    learner_model_param: z.object({ base_score: floats, num_class: count, num_feature: count, num_target: count.optional() }),
    objective: z.looseObject({ name: z.string() }),
  }),
});

export type Booster = z.infer<typeof gradientBooster>;

export interface Learner {
  version: string;
  booster: Booster;
  objective: string;
  features: number;
  /** Absent when the model was trained without names. */
  featureNames: string[] | undefined;
  /** Columns of the output before it is transformed: classes, targets, or 1. */
  outputs: number;
  /** As the file has it, one for each output, not yet passed through the objective's link. */
  baseScores: number[];
  /** Trees that each round grows for each output. */
  parallelTrees: number;
  /** Rounds up to the best one, when training stopped early; the file holds the later ones too. */
  bestRounds: number | undefined;
}

export function readLearner(file: unknown): Result<Learner, ConversionRefusal> {
  const parsed = modelFile.safeParse(file);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const detail = `${issue?.path.join(".") || "the file"}: ${issue?.message}`;
    return fail({ reason: "xgboost_unreadable", detail });
  }
  const { version, learner } = parsed.data;
  const { base_score, num_class, num_feature, num_target = 1 } = learner.learner_model_param;
  const outputs = Math.max(1, num_class, num_target);
  if (outputs > OUTPUTS_MAX) return fail({ reason: "xgboost_too_large", what: "outputs", count: outputs, max: OUTPUTS_MAX });
  if (num_feature === 0) return fail({ reason: "xgboost_unreadable", detail: "the model has no features" });
  const baseScores = base_score.length === 1 ? Array<number>(outputs).fill(base_score[0] as number) : base_score;
  if (baseScores.length !== outputs) {
    const detail = `base_score has ${baseScores.length} values for ${outputs} outputs`;
    return fail({ reason: "xgboost_unreadable", detail });
  }
  const names = learner.feature_names ?? [];
  if (names.length > 0 && names.length !== num_feature) {
    return fail({ reason: "xgboost_unreadable", detail: `${names.length} feature names for ${num_feature} features` });
  }
  const booster = learner.gradient_booster;
  const ensemble = booster.name === "dart" ? booster.gbtree.model : booster.name === "gbtree" ? booster.model : undefined;
  const best = learner.attributes?.["best_iteration"];
  return succeed({
    version: version.join("."),
    booster,
    objective: learner.objective.name,
    features: num_feature,
    featureNames: names.length > 0 ? names : undefined,
    outputs,
    baseScores,
    parallelTrees: ensemble?.gbtree_model_param?.num_parallel_tree || 1,
    bestRounds: best !== undefined && /^\d{1,9}$/.test(best) ? Number(best) + 1 : undefined,
  });
}
