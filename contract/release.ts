/**
 * The release: the signed record that says what the edge serves for one model, and its sibling, the staged record,
 * which lets an operator reach a version that no caller is served. Schemas and the signed text; no key material here.
 */
import * as z from "zod";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { modelName, sha256Hex, versionName } from "./names.ts";

export const RELEASE_SCHEMA = 1;
/** Countries, and regions, that one cohort may name. */
const COHORT_PLACES_MAX = 250;

const r2Key = z.string().min(1).max(512);

export const releaseTarget = z.strictObject({
  version: versionName,
  artifact: z.strictObject({ key: r2Key, sha256: sha256Hex, bytes: z.int().positive() }),
  manifest: z.strictObject({ key: r2Key, sha256: sha256Hex }),
  /**
   * The version's error model (error-model.ts), where it has one. Newer than the rest: a Worker from before it refuses a release that names one
   * (`release_schema_unknown`) and serves on what it serves.
   */
  errorModel: z.strictObject({ key: r2Key, sha256: sha256Hex, bytes: z.int().positive() }).optional(),
});

/** Whom a canary is limited to: callers from any of the countries or any of the regions. */
export const cohort = z
  .strictObject({
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, "a country is its two-letter code, e.g. DE (ISO 3166-1)"))
      .min(1)
      .max(COHORT_PLACES_MAX)
      .optional(),
    regions: z
      .array(z.string().regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, "a region is its code with the country, e.g. US-TX (ISO 3166-2)"))
      .min(1)
      .max(COHORT_PLACES_MAX)
      .optional(),
  })
  .refine(({ countries, regions }) => countries !== undefined || regions !== undefined, "a cohort names countries or regions");

export const canaryTarget = releaseTarget.extend({
  /** Share of the cohort's callers (of all callers without one), 0 to 100. */
  percent: z.number().min(0).max(100),
  /** Number of the rollout. It salts the split: callers keep their version over its steps, and another rollout picks other callers. */
  rollout: z.int().positive(),
  cohort: cohort.optional(),
});

/** How far the shadow's number may be from the answer and still agree: absolute + relative · |answer|. */
export const shadowTolerance = z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) });

export const shadowTarget = releaseTarget.extend({ tolerance: shadowTolerance });

const signature = z.base64().length(88, "an Ed25519 signature is 64 bytes, 88 characters of base64");

export const release = z.strictObject({
  schema: z.literal(RELEASE_SCHEMA),
  model: modelName,
  generation: z.int().positive(),
  issuedAt: z.iso.datetime(),
  stable: releaseTarget,
  canary: canaryTarget.nullable(),
  shadow: shadowTarget.nullable(),
  signature,
});

export const stagedRecord = z.strictObject({
  schema: z.literal(RELEASE_SCHEMA),
  kind: z.literal("staged"),
  model: modelName,
  issuedAt: z.iso.datetime(),
  target: releaseTarget,
  signature,
});

export type ReleaseTarget = z.infer<typeof releaseTarget>;
export type Cohort = z.infer<typeof cohort>;
export type CanaryTarget = z.infer<typeof canaryTarget>;
export type ShadowTolerance = z.infer<typeof shadowTolerance>;
export type ShadowTarget = z.infer<typeof shadowTarget>;
export type Release = z.infer<typeof release>;
export type UnsignedRelease = Omit<Release, "signature">;
export type StagedRecord = z.infer<typeof stagedRecord>;
export type UnsignedStagedRecord = Omit<StagedRecord, "signature">;

/** The text that is signed: canonical JSON of everything but the signature. Sign and verify its UTF-8 bytes. */
export function signedText(record: UnsignedRelease | UnsignedStagedRecord | Release | StagedRecord): string {
  const { signature: _, ...rest } = record as Release;
  return canonicalJson(rest as unknown as JsonValue);
}
