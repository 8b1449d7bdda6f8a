/** The upload and the answer of the error model route, with the types derived from them. Schemas only. */
import { z } from "@hono/zod-openapi";
import { modelName, sha256Hex, versionName } from "../../contract/names.ts";
import { actor } from "./schemas.ts";

/** How an error model was fitted. RMSE in the unit of the label. */
export const errorModelFigures = z.strictObject({
  /** With truth. The newest `measuredRows` of them were kept from the fit, and watched by early stopping. */
  rows: z.int().positive(),
  fitRows: z.int().positive(),
  measuredRows: z.int().positive(),
  /** Of the version on the measured rows, and what the error model estimates for them. */
  rmse: z.number().nonnegative(),
  rmseEstimated: z.number().nonnegative(),
  trees: z.int().nonnegative(),
});

/** The `metadata` part of an error model's upload. The other part, `artifact`, is its ONNX file. */
export const errorModelMetadata = z.strictObject({
  /** Which rows it was fitted on, for the reader. */
  source: z.string().trim().min(1).max(256),
  /** Of the version that it was fitted to: an error model says nothing of another. */
  artifactSha256: sha256Hex,
  figures: errorModelFigures,
});

export const errorModelAnswer = z.object({
  model: modelName,
  version: versionName,
  sha256: sha256Hex,
  bytes: z.int(),
  source: z.string(),
  figures: errorModelFigures,
  at: z.iso.datetime(),
  by: actor,
  /** Generation of the release that brings it to the edge; null: the version is not served, and brings it along when it is. */
  generation: z.int().nullable(),
});

export type ErrorModelFigures = z.infer<typeof errorModelFigures>;
export type ErrorModelMetadata = z.infer<typeof errorModelMetadata>;
export type ErrorModelAnswer = z.infer<typeof errorModelAnswer>;
