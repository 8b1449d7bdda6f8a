/** For tests on workerd: signed releases of the example models in the real local KV and R2, each piece easy to break. */
import { env as bindings } from "cloudflare:workers";
import { base64ToBytes, bytesToBase64 } from "../../contract/base64.ts";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import type { Manifest } from "../../contract/manifest.ts";
import { artifactKey, manifestKey, releaseKey } from "../../contract/names.ts";
import { signedText, type Release, type ReleaseTarget, type UnsignedRelease } from "../../contract/release.ts";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { Env } from "../env.ts";
import { ModelSession } from "../runtime/model-session.ts";
import { ModelLine } from "./model-line.ts";
import type { Refusal } from "./refusal.ts";
import { releaseStore } from "./release-store.ts";
import { importPublicKeys } from "./verify.ts";

interface TestEnv extends Env {
  TEST_FLIPPED_BITS: string;
  TEST_ARTIFACT_V1: string;
  TEST_ARTIFACT_V2: string;
  TEST_ERROR_MODEL: string;
  TEST_RELEASE_PRIVATE_KEY: string;
}

export const env = bindings as unknown as TestEnv;

export const artifacts = {
  v1: base64ToBytes(env.TEST_ARTIFACT_V1) as Uint8Array,
  v2: base64ToBytes(env.TEST_ARTIFACT_V2) as Uint8Array,
};
export type ExampleVersion = keyof typeof artifacts;

/** Two trees of one split each (vitest.workerd.config.ts): whether the prediction is below 50, and whether the first feature is below 40 or missing. */
export const errorModelBytes = base64ToBytes(env.TEST_ERROR_MODEL) as Uint8Array;

/** What they add up to for one row. */
export const expectedSquare = ([first = NaN]: readonly number[], prediction: number): number =>
  (prediction < 50 ? 4 : 250) + (Number.isNaN(first) || first < 40 ? -10 : 6.5);

/** Sixteen rows of twelve plausible readings, one value in seven missing; made from a formula, so always the same. */
export const exampleRows: Tensor = {
  name: "features",
  datatype: "FP32",
  shape: [16, 12],
  data: Float32Array.from({ length: 16 * 12 }, (_, at) => (at % 7 === 3 ? NaN : ((at * 37) % 101) + at / 13)),
};

const answers = new Map<ExampleVersion, Tensor>();

/** What the runtime itself answers for `exampleRows`: the exact bits that every correct answer has. */
export async function exampleAnswer(version: ExampleVersion): Promise<Tensor> {
  const known = answers.get(version);
  if (known) return known;
  const session = await ModelSession.open(artifacts[version], ["pm25"]);
  const [answer] = session.run([exampleRows]);
  session.retire();
  answers.set(version, answer as Tensor);
  return answer as Tensor;
}

export async function exampleManifest(model: string, version: ExampleVersion, sha256: string): Promise<Manifest> {
  return {
    schema: 1,
    model,
    version,
    artifact: { key: artifactKey(model, sha256), sha256, bytes: artifacts[version].byteLength },
    inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], missing: "nan" }],
    outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
    golden: {
      inputs: [tensorToRecord(exampleRows)],
      outputs: [tensorToRecord(await exampleAnswer(version))],
      tolerance: { absolute: 1e-6, relative: 1e-6 },
    },
    baseline: {},
  };
}

export async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Uploads a version; `change` may alter the manifest before it is written (its digest follows). */
export async function putVersion(
  model: string,
  version: ExampleVersion,
  { bytes = artifacts[version], change = (manifest: Manifest): unknown => manifest } = {},
): Promise<ReleaseTarget> {
  const sha256 = await digestOf(bytes);
  const key = artifactKey(model, sha256);
  const manifest = change(await exampleManifest(model, version, sha256));
  const text = new TextEncoder().encode(canonicalJson(manifest as JsonValue));
  const manifestSha256 = await digestOf(text);
  await env.MODELS.put(key, bytes);
  await env.MODELS.put(manifestKey(model, manifestSha256), text);
  return {
    version,
    artifact: { key, sha256, bytes: bytes.byteLength },
    manifest: { key: manifestKey(model, manifestSha256), sha256: manifestSha256 },
  };
}

export async function sign(unsigned: UnsignedRelease, privateKey?: CryptoKey): Promise<Release> {
  const key =
    privateKey ??
    (await crypto.subtle.importKey(
      "pkcs8",
      base64ToBytes(env.TEST_RELEASE_PRIVATE_KEY) as Uint8Array,
      { name: "Ed25519" },
      false,
      ["sign"],
    ));
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(signedText(unsigned)));
  return { ...unsigned, signature: bytesToBase64(new Uint8Array(signature)) };
}

export const unsignedRelease = (model: string, generation: number, stable: ReleaseTarget): UnsignedRelease => ({
  schema: 1,
  model,
  generation,
  issuedAt: "2026-11-23T10:00:00Z",
  stable,
  canary: null,
  shadow: null,
});

export async function publish(model: string, generation: number, stable: ReleaseTarget): Promise<Release> {
  const release = await sign(unsignedRelease(model, generation, stable));
  await env.RELEASES.put(releaseKey(model), JSON.stringify(release));
  return release;
}

/** A model line over the real bindings, with its loads and refusals written down. */
export function observedLine(model: string, artifactBytesMax = 12 * 1024 * 1024) {
  const refusals: Refusal[] = [];
  const loads: string[] = [];
  const line = new ModelLine({
    model,
    store: releaseStore(env.RELEASES, env.MODELS, 30),
    publicKeys: () => importPublicKeys(env.RELEASE_PUBLIC_KEYS.split(",")),
    artifactBytesMax,
    // Never in the way: each test calls refresh itself, and a refused text is looked at again at once.
    refreshIntervalMs: 0,
    onLoad: (_, version) => void loads.push(version),
    onRefusal: (_, refusal) => void refusals.push(refusal),
  });
  return { line, refusals, loads, refresh: () => line.refresh(() => Date.now()) };
}
