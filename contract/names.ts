/**
 * What a model, a version, a digest and a storage key look like, and the keys built from them.
 * Every KV and R2 key of the system is made here and nowhere else (docs/storage-schema.md lists who writes and reads each).
 */
import * as z from "zod";

/** Also safe as a path segment and a label value: no slash, dot-dot, space or control character can occur. */
export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "a model name is 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit");

export const versionName = z.string().regex(/^v[1-9][0-9]{0,8}$/, "a version is v1, v2, …");

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 is 64 lower-case hex digits");

export const RELEASE_KEY_PREFIX = "release:";

/** KV key of a model line's signed release. */
export const releaseKey = (model: string): string => `${RELEASE_KEY_PREFIX}${model}`;

/** KV key of the signed record that lets an operator reach a staged version at the edge. */
export const stagedKey = (model: string, version: string): string => `staged:${model}:${version}`;

/** R2 key of an artifact: named by its content, so it is never overwritten with anything else. */
export const artifactKey = (model: string, sha256: string): string => `models/${model}/${sha256}.onnx`;

/** R2 key of a manifest: named by its content. */
export const manifestKey = (model: string, sha256: string): string => `models/${model}/${sha256}.json`;

/** Number of a version, `"v12"` → 12. */
export const versionNumber = (version: string): number => Number(version.slice(1));

/** Request header in which a caller that has several addresses, or shares one, names itself, so that a canary keeps it on one version. */
export const CALLER_KEY_HEADER = "x-edgewise-key";
