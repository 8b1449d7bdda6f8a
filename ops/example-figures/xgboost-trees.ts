/**
 * Predictions of an XGBoost regressor from its JSON model, in XGBoost's own arithmetic: float32 comparisons and a float32 sum that
 * starts at base_score and adds the trees in order. An oracle for rows that XGBoost itself has not seen; not for serving.
 * Form of the file: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
 */
import { z } from "zod";

const tree = z.object({
  left_children: z.array(z.int()),
  right_children: z.array(z.int()),
  split_indices: z.array(z.int()),
  /** The threshold of an inner node, the value of a leaf. */
  split_conditions: z.array(z.number()),
  default_left: z.array(z.int()),
});

const xgboostModel = z.object({
  learner: z.object({
    learner_model_param: z.object({ base_score: z.string().transform((text) => Number(text.replaceAll(/[[\]]/g, ""))) }),
    objective: z.object({ name: z.literal("reg:squarederror") }),
    gradient_booster: z.object({ model: z.object({ trees: z.array(tree) }) }),
  }),
});

type Tree = z.infer<typeof tree>;
export type XgboostModel = z.infer<typeof xgboostModel>;

export const parseXgboostModel = (text: string): XgboostModel => xgboostModel.parse(JSON.parse(text));

/** The model's prediction for one row in the model's feature order; null is missing. */
export function predictRow({ learner }: XgboostModel, row: readonly (number | null)[]): number {
  return learner.gradient_booster.model.trees.reduce(
    (sum, tree) => Math.fround(sum + Math.fround(leafOf(tree, row))),
    Math.fround(learner.learner_model_param.base_score),
  );
}

function leafOf(tree: Tree, row: readonly (number | null)[]): number {
  let node = 0;
  while (tree.left_children[node] !== -1) {
    const value = row[tree.split_indices[node] as number] ?? null;
    const threshold = Math.fround(tree.split_conditions[node] as number);
    const isLeft = value === null ? tree.default_left[node] === 1 : Math.fround(value) < threshold;
    node = (isLeft ? tree.left_children[node] : tree.right_children[node]) as number;
  }
  return tree.split_conditions[node] as number;
}
