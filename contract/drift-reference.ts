/**
 * The reference of a version, in its manifest: per feature and for the prediction, the cells (contract/drift-bins.ts) and how many training rows
 * fell into each. Schema and types only; where the cells lie in a drift window is contract/window-layout.ts.
 */
import * as z from "zod";
import { featureReference } from "./drift-bins.ts";
import { DRIFT_FEATURES_MAX } from "./limits.ts";

/** What the prediction is called beside the features: in reports, in labels and in `keyFeatures`. */
export const PREDICTION = "prediction";

export const driftReference = z.strictObject({
  /** Rows that the features' counts come from. */
  rows: z.int().positive(),
  /** Where they came from, for a person: a file's name, its digest. */
  source: z.string().max(1000),
  /** By feature name; a feature that is not here is not counted. */
  features: z
    .record(z.string().min(1).max(256), featureReference)
    .refine((features) => Object.keys(features).length < DRIFT_FEATURES_MAX, `fewer than ${DRIFT_FEATURES_MAX} features`),
  /** What the version itself predicted for the reference's rows, or for a sample of them. */
  prediction: z
    .strictObject({
      output: z.string().min(1).max(256),
      rows: z.int().positive(),
      reference: featureReference,
    })
    .optional(),
  /** Features whose significant drift is worth a person's time at once. */
  keyFeatures: z.array(z.string().min(1).max(256)).max(DRIFT_FEATURES_MAX),
});

export type DriftReference = z.infer<typeof driftReference>;
