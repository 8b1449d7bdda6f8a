/** What the built-in trainer can be told, by XGBoost's names and with XGBoost's meaning, and what it takes when it is not told. */
import { z } from "zod";
import type { TrainingJob } from "../../contract/training-job.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { TrainingFailure } from "./failure.ts";

const share = z.number().gt(0).max(1);

const trainerParameters = z.strictObject({
  /** Trees, at most: early stopping may keep fewer. */
  num_boost_round: z.int().min(1).max(10_000).default(200),
  /** Shrinks each tree's leaves (shrinkage, learning rate). */
  eta: z.number().gt(0).max(1).default(0.1),
  max_depth: z.int().min(1).max(16).default(6),
  /** Least sum of second derivatives in a child. */
  min_child_weight: z.number().min(0).default(1),
  /** L2 of a leaf's weight. */
  lambda: z.number().min(0).default(1),
  /** L1 of a leaf's weight. */
  alpha: z.number().min(0).default(0),
  /** Least gain of a split. */
  gamma: z.number().min(0).default(0),
  /** Bins of a feature, at most. */
  max_bin: z.int().min(2).max(4_096).default(256),
  /** Share of the rows that each tree sees. */
  subsample: share.default(1),
  /** Share of the features that each tree sees. */
  colsample_bytree: share.default(1),
  /** What the trees add to, as a prediction (a probability for a classification). Default: the mean of the label. */
  base_score: z.number().optional(),
  /** Stop when the validation score has not improved for so many rounds, and keep the best. 0: never stop early, keep every tree. */
  early_stopping_rounds: z.int().min(0).default(0),
  /** 1, -1 or 0 for each feature in order, e.g. "(1,0,-1)": the prediction may only rise with it, only fall, or do either. */
  monotone_constraints: z
    .string()
    .regex(/^\(\s*(-?1|0)\s*(,\s*(-?1|0)\s*)*\)$/, 'a list such as "(1,0,-1)"')
    .transform((text) => text.slice(1, -1).split(",").map(Number))
    .optional(),
});

export type TrainerParameters = z.infer<typeof trainerParameters>;

/** Parameters as a job or a person gives them; one that is not known is an error. */
export function readParameters(
  given: Readonly<Record<string, unknown>>,
  { task, features }: Pick<TrainingJob, "task" | "features">,
): Result<TrainerParameters, TrainingFailure> {
  const parsed = trainerParameters.safeParse(given);
  if (!parsed.success) {
    const unknown = parsed.error.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
    if (unknown.length > 0)
      return refused(`${unknown.join(", ")} unknown; known are ${Object.keys(trainerParameters.shape).join(", ")}`);
    return refused(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  }
  const { base_score, monotone_constraints } = parsed.data;
  if (task === "binary_classification" && base_score !== undefined && !(base_score > 0 && base_score < 1)) {
    return refused(`base_score ${base_score} is no probability between 0 and 1`);
  }
  if (monotone_constraints !== undefined && monotone_constraints.length !== features.length) {
    return refused(`monotone_constraints has ${monotone_constraints.length} entries for ${features.length} features`);
  }
  return succeed(parsed.data);
}

const refused = (detail: string) => fail({ reason: "parameters_invalid" as const, detail });
