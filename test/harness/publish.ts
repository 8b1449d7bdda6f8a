/**
 * Puts a signed release and its objects straight into an edge's KV and R2, as the control plane's publisher leaves them: for tests
 * of the edge alone, which need to break one piece at a time. Tests of publishing itself use the real control plane.
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import type { Manifest } from "../../contract/manifest.ts";
import { artifactKey, manifestKey, releaseKey, stagedKey } from "../../contract/names.ts";
import {
  signedText,
  type Release,
  type ReleaseTarget,
  type UnsignedRelease,
  type UnsignedStagedRecord,
} from "../../contract/release.ts";
import type { DirectEdge } from "../../ops/direct-edge/direct-edge.ts";

export interface TestKeys {
  privateKey: KeyObject;
  /** Base64 of the 32 raw bytes, as RELEASE_PUBLIC_KEYS takes it. */
  publicKey: string;
}

export function makeKeys(): TestKeys {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  // An Ed25519 SPKI is a fixed 12-byte prefix and the raw key.
  return { privateKey, publicKey: publicKey.export({ type: "spki", format: "der" }).subarray(12).toString("base64") };
}

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

export function signRelease(unsigned: UnsignedRelease, keys: TestKeys): Release {
  return { ...unsigned, signature: sign(null, Buffer.from(signedText(unsigned)), keys.privateKey).toString("base64") };
}

/** Uploads an artifact and its manifest; answers with the target that a release names. */
export async function putVersion(
  edge: Pick<DirectEdge, "models">,
  artifact: Uint8Array,
  manifest: Omit<Manifest, "artifact">,
): Promise<ReleaseTarget> {
  const digest = sha256(artifact);
  const key = artifactKey(manifest.model, digest);
  const whole: Manifest = { ...manifest, artifact: { key, sha256: digest, bytes: artifact.byteLength } };
  const text = canonicalJson(whole as unknown as JsonValue);
  const manifestDigest = sha256(text);
  await edge.models.put(key, artifact as never);
  await edge.models.put(manifestKey(manifest.model, manifestDigest), text);
  return {
    version: manifest.version,
    artifact: { key, sha256: digest, bytes: artifact.byteLength },
    manifest: { key: manifestKey(manifest.model, manifestDigest), sha256: manifestDigest },
  };
}

export async function putRelease(edge: Pick<DirectEdge, "releases">, release: Release): Promise<void> {
  await edge.releases.put(releaseKey(release.model), JSON.stringify(release));
}

/** Makes a version one that an operator may ask for by name. */
export async function putStaged(
  edge: Pick<DirectEdge, "releases">,
  unsigned: UnsignedStagedRecord,
  keys: TestKeys,
): Promise<void> {
  const signature = sign(null, Buffer.from(signedText(unsigned)), keys.privateKey).toString("base64");
  await edge.releases.put(stagedKey(unsigned.model, unsigned.target.version), JSON.stringify({ ...unsigned, signature }));
}
