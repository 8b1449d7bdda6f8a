/**
 * A version's error model into a session: size → fetch → digest → session. It never keeps its version from serving: what cannot be loaded is a
 * state of its own, and every row that goes unestimated for it is counted.
 */
import { ERROR_MODEL_OUTPUT, estimatedVersion, type EstimatedVersion } from "../../contract/error-model.ts";
import { ERROR_MODEL_BYTES_MAX } from "../../contract/limits.ts";
import type { Manifest } from "../../contract/manifest.ts";
import type { EstimateRowOutcome } from "../../contract/metric-names.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import type { ReleaseStore } from "../release/release-store.ts";
import { ModelSession } from "../runtime/model-session.ts";
import { sha256 } from "../release/sha256.ts";

export type LoadedErrorModel =
  | { readonly state: "loaded"; readonly session: ModelSession; readonly of: EstimatedVersion }
  | { readonly state: "refused"; readonly outcome: EstimateRowOutcome; readonly detail: string };

/** Tried once per release: it is small, and a release that loads it anew is one act away. */
export async function loadErrorModel(
  target: NonNullable<ReleaseTarget["errorModel"]>,
  manifest: Manifest,
  store: ReleaseStore,
): Promise<LoadedErrorModel> {
  const of = estimatedVersion(manifest);
  if (!of) return refused("error_model_unusable", "the version is of a kind that none is fitted for");
  if (!(target.bytes <= ERROR_MODEL_BYTES_MAX)) return refused("error_model_unusable", `it has ${target.bytes} bytes`);
  const artifact = await store.artifact(target.key, ERROR_MODEL_BYTES_MAX);
  if (!artifact.ok) return refused("error_model_absent", artifact.failure.reason);
  const digest = await sha256(artifact.value);
  if (digest !== target.sha256) return refused("error_model_differs", `its SHA-256 is ${digest}`);
  try {
    const session = await ModelSession.open(new Uint8Array(artifact.value), [ERROR_MODEL_OUTPUT]);
    return { state: "loaded", session, of };
  } catch (error) {
    return refused("error_model_unusable", (error instanceof Error ? error.message : String(error)).slice(0, 300));
  }
}

function refused(outcome: EstimateRowOutcome, detail: string): LoadedErrorModel {
  console.warn(JSON.stringify({ level: "warn", event: "error_model_refused", outcome, detail }));
  return { state: "refused", outcome, detail };
}
