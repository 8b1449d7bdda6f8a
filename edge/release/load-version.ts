/**
 * A release's target into a version that may serve: size → fetch → digest → manifest → session → golden rows, in this order.
 * The digest comes before onnxruntime sees a byte: a third of all one-bit flips load and answer differently.
 */
import { windowLayout } from "../../contract/window-layout.ts";
import { instanceEncoder, type InstanceEncoder } from "../../contract/instances.ts";
import { manifest as manifestSchema, type Manifest, type ManifestInput, type ManifestOutput } from "../../contract/manifest.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { isWideInteger } from "../../contract/tensor.ts";
import { CellCounter } from "../../contract/cell-counter.ts";
import { loadErrorModel, type LoadedErrorModel } from "../error-model/load-error-model.ts";
import { ModelSession } from "../runtime/model-session.ts";
import { checkGoldenRows } from "./golden.ts";
import type { Refusal } from "./refusal.ts";
import type { ReleaseStore } from "./release-store.ts";
import { sha256 } from "./sha256.ts";

export interface LoadedVersion {
  readonly version: string;
  /** Two targets with the same identity are the same bytes, the same manifest and the same error model. */
  readonly identity: string;
  readonly manifest: Manifest;
  readonly session: ModelSession;
  readonly encodeInstances: InstanceEncoder;
  /** Some input is INT64 or UINT64, so its numbers must not be read as doubles. */
  readonly hasWideInteger: boolean;
  readonly manifestSha256: string;
  /** Undefined where the manifest has no reference: nothing is counted then. */
  readonly cells: CellCounter | undefined;
  /** Undefined where the version has none: nothing is estimated then. */
  readonly errorModel: LoadedErrorModel | undefined;
}

export const targetIdentity = ({ version, artifact, manifest, errorModel }: ReleaseTarget): string =>
  `${version}:${artifact.sha256}:${manifest.sha256}:${errorModel?.sha256 ?? ""}`;

/** Frees the WASM memory of all that a version holds. */
export function retireVersion({ session, errorModel }: LoadedVersion): void {
  session.retire();
  if (errorModel?.state === "loaded") errorModel.session.retire();
}

export async function loadVersion(
  model: string,
  target: ReleaseTarget,
  store: ReleaseStore,
  artifactBytesMax: number,
): Promise<Result<LoadedVersion, Refusal>> {
  const { bytes } = target.artifact;
  if (!(bytes <= artifactBytesMax)) return fail({ reason: "artifact_too_large", bytes, max: artifactBytesMax });
  const manifest = await loadManifest(model, target, store);
  if (!manifest.ok) return manifest;
  const artifact = await store.artifact(target.artifact.key, artifactBytesMax);
  if (!artifact.ok) return artifact;
  const digest = await sha256(artifact.value);
  if (digest !== target.artifact.sha256) return fail({ reason: "digest_mismatch", key: target.artifact.key, got: digest });

  let session: ModelSession;
  try {
    session = await ModelSession.ofManifest(new Uint8Array(artifact.value), manifest.value);
  } catch (error) {
    return fail(sessionRefusal(error));
  }
  const mismatch = checkGoldenRows(manifest.value.golden, (inputs, names) => session.run(inputs, names));
  if (mismatch) {
    session.retire();
    return fail(mismatch);
  }
  return succeed({
    version: target.version,
    identity: targetIdentity(target),
    manifest: manifest.value,
    session,
    encodeInstances: instanceEncoder(manifest.value.inputs),
    hasWideInteger: manifest.value.inputs.some(({ datatype }) => isWideInteger(datatype)),
    manifestSha256: target.manifest.sha256,
    cells: cellCounter(manifest.value),
    errorModel: target.errorModel && (await loadErrorModel(target.errorModel, manifest.value, store)),
  });
}

function cellCounter({ inputs, outputs, reference }: Manifest): CellCounter | undefined {
  if (!reference) return undefined;
  const layout = windowLayout(inputs, reference).filter(
    ({ place }) => place.kind === "input" || outputs.some(({ name }) => name === place.output),
  );
  return new CellCounter(layout, (place) => {
    const described =
      place.kind === "input"
        ? inputs.find(({ name }) => name === place.input)
        : outputs.find(({ name }) => name === place.output);
    return (described as ManifestInput | ManifestOutput).datatype;
  });
}

async function loadManifest(model: string, target: ReleaseTarget, store: ReleaseStore): Promise<Result<Manifest, Refusal>> {
  const bytes = await store.manifest(target.manifest.key);
  if (!bytes.ok) return bytes;
  const digest = await sha256(bytes.value);
  if (digest !== target.manifest.sha256) return fail({ reason: "digest_mismatch", key: target.manifest.key, got: digest });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.value));
  } catch {
    return fail({ reason: "manifest_invalid", detail: "not JSON" });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail({ reason: "manifest_invalid", detail: `${issue?.path.join(".")}: ${issue?.message}` });
  }
  const manifest = parsed.data;
  const belongs =
    manifest.model === model && manifest.version === target.version && manifest.artifact.sha256 === target.artifact.sha256;
  if (!belongs) {
    return fail({ reason: "manifest_invalid", detail: `it is ${manifest.model} ${manifest.version} of another artifact` });
  }
  return succeed(manifest);
}

/** onnxruntime's failures to allocate are told apart from bytes that are no model: the remedy differs. */
function sessionRefusal(error: unknown): Refusal {
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, 300);
  const isMemory = /bad_alloc|out of memory|failed to allocate|OOM|memory access out of bounds|Array buffer allocation/i.test(
    detail,
  );
  return isMemory ? { reason: "memory_exhausted", detail } : { reason: "session_rejected", detail };
}
