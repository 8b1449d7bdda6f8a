/**
 * The manifest: what the edge must know of a version besides its bytes. Written once at registration, named by content.
 * Schema and types only.
 */
import * as z from "zod";
import { DATATYPE_NAMES } from "./datatype.ts";
import { modelName, sha256Hex, versionName } from "./names.ts";
import { tensorRecord } from "./tensor-record.ts";

export const MANIFEST_SCHEMA = 1;

/** -1 is an axis whose length the caller chooses. */
const shape = z.array(z.int().min(-1)).max(8);
const tensorName = z.string().min(1).max(256);

export const manifestInput = z.strictObject({
  name: tensorName,
  datatype: z.enum(DATATYPE_NAMES),
  shape,
  /** Names of the columns in order, for an input of shape [rows, columns]; absent for images, sequences and the like. */
  features: z.array(z.string().min(1).max(256)).min(1).optional(),
  /** "nan": a missing value is allowed and reaches the model as NaN. "refused": a missing value is an error. */
  missing: z.enum(["nan", "refused"]),
});

export const manifestOutput = z.strictObject({
  name: tensorName,
  datatype: z.enum(DATATYPE_NAMES),
  shape,
  /** Class labels of a probability output, in column order, when the model names them (a ZipMap's keys). */
  labels: z.array(z.union([z.string(), z.int()])).optional(),
});

export const manifest = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  model: modelName,
  version: versionName,
  artifact: z.strictObject({ key: z.string(), sha256: sha256Hex, bytes: z.int().positive() }),
  inputs: z.array(manifestInput).min(1).max(64),
  outputs: z.array(manifestOutput).min(1).max(64),
  /** Inputs with the outputs that this very WASM runtime gave at registration; the edge repeats them before a version serves. */
  golden: z.strictObject({
    inputs: z.array(tensorRecord).min(1),
    outputs: z.array(tensorRecord).min(1),
    /** A value passes when |got − expected| ≤ absolute + relative · |expected|; NaN only matches NaN. */
    tolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }),
  }),
  /** Metrics that the trainer measured, by name, e.g. `{ "rmse": 21.324 }`. */
  baseline: z.record(z.string().max(64), z.number()),
});

export type ManifestInput = z.infer<typeof manifestInput>;
export type ManifestOutput = z.infer<typeof manifestOutput>;
export type Manifest = z.infer<typeof manifest>;
