/**
 * The release: the signed record that says what the edge serves for one model, and its sibling, the staged record,
 * which lets an operator reach a version that no caller is served. Schemas and the signed text; no key material here.
 */
import * as z from "zod";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { modelName, sha256Hex, versionName } from "./names.ts";

export const RELEASE_SCHEMA = 1;

const r2Key = z.string().min(1).max(512);

export const releaseTarget = z.strictObject({
  version: versionName,
  artifact: z.strictObject({ key: r2Key, sha256: sha256Hex, bytes: z.int().positive() }),
  manifest: z.strictObject({ key: r2Key, sha256: sha256Hex }),
});

export const canaryTarget = releaseTarget.extend({
  /** Share of requests, 0 to 100. */
  percent: z.number().min(0).max(100),
  cohort: z.strictObject({ countries: z.array(z.string().regex(/^[A-Z]{2}$/)).min(1) }).optional(),
});

const signature = z.base64().length(88, "an Ed25519 signature is 64 bytes, 88 characters of base64");

export const release = z.strictObject({
  schema: z.literal(RELEASE_SCHEMA),
  model: modelName,
  generation: z.int().positive(),
  issuedAt: z.iso.datetime(),
  stable: releaseTarget,
  canary: canaryTarget.nullable(),
  shadow: releaseTarget.nullable(),
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
export type Release = z.infer<typeof release>;
export type UnsignedRelease = Omit<Release, "signature">;
export type StagedRecord = z.infer<typeof stagedRecord>;
export type UnsignedStagedRecord = Omit<StagedRecord, "signature">;

/** The text that is signed: canonical JSON of everything but the signature. Sign and verify its UTF-8 bytes. */
export function signedText(record: UnsignedRelease | UnsignedStagedRecord | Release | StagedRecord): string {
  const { signature: _, ...rest } = record as Release;
  return canonicalJson(rest as unknown as JsonValue);
}
