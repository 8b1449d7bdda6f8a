/** What the columns of an evaluation set mean: label, weight, group and which prediction is favourable. Schema only. */
import { z } from "@hono/zod-openapi";

const column = z.string().min(1).max(256);

export const favourable = z.discriminatedUnion("kind", [
  /** For a regressor: the prediction at or above, or at or below, the threshold. */
  z.strictObject({ kind: z.literal("threshold"), threshold: z.number(), direction: z.enum(["at_least", "at_most"]) }),
  /** For a classifier: this label is predicted. */
  z.strictObject({ kind: z.literal("label"), label: z.string().min(1).max(256) }),
]);

export const evaluationSpec = z.strictObject({
  /** The column with the truth. The features are found by the manifest's own names. */
  label: column,
  weight: column.optional(),
  group: z.strictObject({ column, privileged: z.string().min(1).max(256), favourable }).optional(),
  /** The output that predicts the label. Default: the probabilities of a classifier, else the only or first output. */
  output: column.optional(),
});

export type Favourable = z.infer<typeof favourable>;
export type EvaluationSpec = z.infer<typeof evaluationSpec>;
