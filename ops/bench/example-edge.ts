/** An edge that serves the example line, inspected as registration would, and the requests that the benchmark sends it. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import type { DriftReference } from "../../contract/drift-reference.ts";
import type { Manifest } from "../../contract/manifest.ts";
import { artifactKey, manifestKey, releaseKey } from "../../contract/names.ts";
import { signedText, type ReleaseTarget, type UnsignedRelease } from "../../contract/release.ts";
import { ARTIFACT_BYTES_MAX_DEFAULT } from "../../contract/limits.ts";
import { inspectArtifact } from "../../control-plane/inspection/inspect.ts";
import { startDirectEdge, type BuiltWorker, type DirectEdge } from "../direct-edge/direct-edge.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/pm25");
const MODEL = "pm25_predictor";

export interface ExampleEdge {
  edge: DirectEdge;
  /** Body of a /predict with one row by feature name. */
  one: string;
  /** Body of a /predict with 1,000 rows. */
  batch: string;
}

export async function exampleEdge(
  built: BuiltWorker,
  persistTo?: string,
  vars: Record<string, string> = {},
  /** The same model once more as the release's shadow; a reference over whose cells its rows are counted. */
  { isShadowed = false, reference }: { isShadowed?: boolean; reference?: DriftReference } = {},
): Promise<ExampleEdge> {
  const { features, instances: rows } = JSON.parse(readFileSync(join(EXAMPLE, "examples.json"), "utf8")) as {
    features: string[];
    instances: (number | null)[][];
  };
  const artifactFile = join(EXAMPLE, "pm25-v2.onnx");
  const inspected = await inspectArtifact(artifactFile, {
    artifactBytesMax: ARTIFACT_BYTES_MAX_DEFAULT,
    inputs: [{ name: "features", features, missing: "nan" }],
    examples: rows,
    tolerance: { absolute: 0, relative: 0 },
    timeoutMs: 60_000,
  });
  if (!inspected.ok) throw new Error(`the example is refused: ${inspected.failure.reason}`);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const edge = await startDirectEdge(built, {
    publicKeys: [publicKey.export({ type: "spki", format: "der" }).subarray(12).toString("base64")],
    edgeToken: "token-of-the-benchmark",
    vars,
    ...(persistTo === undefined ? {} : { persistTo }),
  });
  const { sha256, bytes } = inspected.value.served;
  const artifact = { key: artifactKey(MODEL, sha256), sha256, bytes };
  const { inputs, outputs, golden } = inspected.value;
  const engine = inspected.value.engine.name;
  const putVersion = async (version: string): Promise<ReleaseTarget> => {
    const base: Manifest = { schema: 1, model: MODEL, version, artifact, inputs, outputs, engine, golden, baseline: {} };
    const manifest: Manifest = reference ? { ...base, reference } : base;
    const manifestText = canonicalJson(manifest as unknown as JsonValue);
    const manifestSha256 = createHash("sha256").update(manifestText).digest("hex");
    await edge.models.put(artifact.key, readFileSync(artifactFile) as never);
    await edge.models.put(manifestKey(MODEL, manifestSha256), manifestText);
    return { version, artifact, manifest: { key: manifestKey(MODEL, manifestSha256), sha256: manifestSha256 } };
  };
  const unsigned: UnsignedRelease = {
    schema: 1,
    model: MODEL,
    generation: 1,
    issuedAt: new Date().toISOString(),
    stable: await putVersion("v2"),
    canary: null,
    shadow: isShadowed ? { ...(await putVersion("v3")), tolerance: { absolute: 0, relative: 0.1 } } : null,
  };
  const signature = sign(null, Buffer.from(signedText(unsigned)), privateKey).toString("base64");
  await edge.releases.put(releaseKey(MODEL), JSON.stringify({ ...unsigned, signature }));
  const named = (row: readonly (number | null)[]) => Object.fromEntries(features.map((name, column) => [name, row[column]]));
  // A batch job has no use for a receipt per row, and the peers write none: `edgewise predict` leaves them out too.
  const body = (count: number): string =>
    JSON.stringify({
      model: MODEL,
      ...(count > 1 && { prediction_ids: false }),
      instances: Array.from({ length: count }, (_, index) => named(rows[index % rows.length] ?? [])),
    });
  return { edge, one: body(1), batch: body(1000) };
}
