/**
 * The manifest: what the edge must know of a version besides its bytes. Written once at registration, named by content.
 * Schema and types only.
 */
import * as z from "zod";
import { DATATYPE_NAMES } from "./datatype.ts";
import { GROUPS_MAX } from "./limits.ts";
import { driftReference } from "./drift-reference.ts";
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

/**
 * What runs the model. "tree_walk": the model is one tree ensemble, and at registration this engine gave the same bits as onnxruntime
 * (contract/tree-ensemble/).
 */
export const ENGINES = ["onnxruntime", "tree_walk"] as const;
export type Engine = (typeof ENGINES)[number];

/**
 * Groups that a caller may say a row belongs to, for fairness: a closed list, so that no caller can make series up. They are not an input: a
 * model need not see what it must not decide by.
 */
export const manifestGroups = z
  .strictObject({
    /** Not "none", which is what a row without a group is counted under. */
    names: z
      .array(
        z
          .string()
          .regex(/^(?!none$)[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, "a group is 1 to 32 of A-Z, a-z, 0-9, _, . and -, and not none"),
      )
      .min(2)
      .max(GROUPS_MAX),
    /** Disparate impact is each other group's rate of favourable predictions over this one's. */
    privileged: z.string(),
    /** Which predictions are favourable: a value at least or at most so large, or the likeliest class being this one. */
    favourable: z.union([
      z.strictObject({ atLeast: z.number() }),
      z.strictObject({ atMost: z.number() }),
      z.strictObject({ class: z.string() }),
    ]),
  })
  .refine(({ names }) => new Set(names).size === names.length, { path: ["names"], error: "a group is named twice" })
  .refine(({ names, privileged }) => names.includes(privileged), { path: ["privileged"], error: "it is not one of the groups" });

export const manifest = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  model: modelName,
  version: versionName,
  artifact: z.strictObject({ key: z.string(), sha256: sha256Hex, bytes: z.int().positive() }),
  inputs: z.array(manifestInput).min(1).max(64),
  outputs: z.array(manifestOutput).min(1).max(64),
  /** Absent: onnxruntime. Newer than the rest: a Worker from before it refuses a manifest that has it. */
  engine: z.enum(ENGINES).optional(),
  /** Inputs with the outputs that this very WASM runtime gave at registration; the edge repeats them before a version serves. */
  golden: z.strictObject({
    inputs: z.array(tensorRecord).min(1),
    outputs: z.array(tensorRecord).min(1),
    /** A value passes when |got − expected| ≤ absolute + relative · |expected|; NaN only matches NaN. */
    tolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }),
  }),
  /** Metrics that the trainer measured, by name, e.g. `{ "rmse": 21.324 }`. */
  baseline: z.record(z.string().max(64), z.number()),
  /** Absent: rows have no groups. Newer than the rest: a Worker from before it refuses a manifest that has them. */
  groups: manifestGroups.optional(),
  /**
   * What live traffic is compared with; absent where nobody gave one, and then nothing is counted. Newer than the rest: a Worker from before it refuses
   * a manifest that has one (`manifest_invalid`) and serves on what it serves.
   */
  reference: driftReference.optional(),
});

export type ManifestInput = z.infer<typeof manifestInput>;
export type ManifestOutput = z.infer<typeof manifestOutput>;
export type ManifestGroups = z.infer<typeof manifestGroups>;
export type Manifest = z.infer<typeof manifest>;
