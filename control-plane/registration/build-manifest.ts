/** The manifest of a version from what its inspection found, as the bytes that are stored and published. Pure. */
import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import type { DriftReference } from "../../contract/drift-reference.ts";
import { manifest as manifestSchema, MANIFEST_SCHEMA, type ManifestGroups } from "../../contract/manifest.ts";
import { artifactKey } from "../../contract/names.ts";
import type { Inspection } from "../inspection/inspection.ts";

export interface ManifestText {
  /** Canonical JSON. */
  json: string;
  sha256: string;
  bytes: number;
}

/** Throws when the inspection is not one that the contract allows: that is a bug, not a bad model. */
export function buildManifest(
  { model, version }: { model: string; version: string },
  { served, inputs, outputs, engine, golden }: Pick<Inspection, "served" | "inputs" | "outputs" | "engine" | "golden">,
  baseline: Readonly<Record<string, number>>,
  groups: ManifestGroups | undefined,
  reference: DriftReference | undefined,
): ManifestText {
  const manifest = manifestSchema.parse({
    schema: MANIFEST_SCHEMA,
    model,
    version,
    artifact: { key: artifactKey(model, served.sha256), sha256: served.sha256, bytes: served.bytes },
    inputs,
    outputs,
    // Said only where it differs, so that a Worker from before there were two serves the rest.
    ...(engine.name !== "onnxruntime" && { engine: engine.name }),
    golden,
    baseline,
    ...(groups && { groups }),
    ...(reference && { reference }),
  });
  const json = canonicalJson(manifest as unknown as JsonValue);
  return { json, sha256: createHash("sha256").update(json).digest("hex"), bytes: Buffer.byteLength(json) };
}
