/**
 * Gives a version its error model: inspect → compare with the version → write, and a release that brings it to the edge where the version is served.
 * Whatever fails, nothing is left. Fitting it is run-fit.ts's.
 */
import { ERROR_MODEL_INPUT, ERROR_MODEL_OUTPUT, estimatedVersion } from "../../contract/error-model.ts";
import { ERROR_MODEL_BYTES_MAX } from "../../contract/limits.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import type { Release } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ErrorModelAnswer, ErrorModelMetadata } from "../api/error-model-schemas.ts";
import type { ErrorModelFailure, LookupFailure, RegistrationFailure, RegistryFailure } from "../failure.ts";
import type { Inspection } from "../inspection/inspection.ts";
import { syncFile } from "../registration/artifact-files.ts";
import type { RegistrationTools } from "../registration/register.ts";
import { appendAudit, type ActContext, type Caller } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { errorModels } from "../registry/error-model-schema.ts";
import { findVersionRow, type VersionRow } from "../registry/versions.ts";
import { currentRelease } from "../releases/current-release.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { changeTraffic, type TrafficChange } from "../rollouts/change-traffic.ts";
import { newestErrorModel, servedTargetOf, type ErrorModelRow } from "./error-model-records.ts";

export interface NewErrorModel {
  model: string;
  version: string;
  /** An upload's path (registration/artifact-files.ts): the file goes from there to its place. */
  path: string;
  metadata: ErrorModelMetadata;
}

type AttachFailure = ErrorModelFailure | LookupFailure | RegistrationFailure | RegistryFailure;

const INSPECTION_TIMEOUT_MS = 60_000;

export async function attachErrorModel(
  tools: RegistrationTools,
  caller: Caller,
  { model, version, path, metadata }: NewErrorModel,
): Promise<Result<ErrorModelAnswer, AttachFailure>> {
  const { registry, files, key, now } = tools;
  const found = await registry.read((db) => findVersionRow(db, model, version));
  if (!found.ok) return found;
  const inspected = await tools.inspections.run(() =>
    tools.inspect(path, {
      artifactBytesMax: ERROR_MODEL_BYTES_MAX,
      inputs: [],
      tolerance: { absolute: 0, relative: 0 },
      timeoutMs: INSPECTION_TIMEOUT_MS,
    }),
  );
  if (!inspected.ok) return fail({ reason: "artifact_refused", refusal: inspected.failure });
  const problem = problemOf(found.value, inspected.value, metadata);
  if (problem !== undefined) return fail({ reason: "error_model_refused", model, version, detail: problem });
  const { served } = inspected.value;
  await syncFile(served.path);
  let isPlaced = false;
  return registry.write<ErrorModelAnswer, AttachFailure>(
    async (db) => {
      const row = await findVersionRow(db, model, version);
      if (!row.ok) return row;
      const before = await newestErrorModel(db, row.value);
      // The same file again, as from a step that was cut off: nothing is to be done.
      if (before?.sha256 === served.sha256) return succeed(answerOf(before, null));
      const context = { ...caller, now: now() };
      const { source, figures } = metadata;
      const { tokenId: actorTokenId, name: actorName } = caller.actor;
      const { number } = row.value;
      const { sha256, bytes } = served;
      const values = { model, number, sha256, bytes, source, figures, at: context.now.toISOString(), actorTokenId, actorName };
      const [inserted] = await db.insert(errorModels).values(values).returning();
      if (!inserted) throw new Error("an error model was inserted and did not come back");
      const release = await bringToEdge(db, key, context, row.value);
      const details = { sha256, bytes, source, figures, generation: release?.generation ?? null };
      await appendAudit(db, context, { act: "error_model_add", model, number, details });
      isPlaced = files.place(served.path, sha256) || isPlaced;
      return succeed(answerOf(inserted, release?.generation ?? null));
    },
    () => {
      if (isPlaced) files.remove(served.sha256);
    },
  );
}

// --- Not exported ---

function problemOf(row: VersionRow, inspection: Inspection, { artifactSha256 }: ErrorModelMetadata): string | undefined {
  if (artifactSha256 !== row.artifactSha256) return `it was fitted to another artifact, ${artifactSha256}`;
  const of = estimatedVersion(manifestSchema.parse(JSON.parse(row.manifestJson)));
  if (!of) return "the version does not have one FP32 input of columns and predict one number a row";
  const [input, ...inputs] = inspection.inputs;
  const [output, ...outputs] = inspection.outputs;
  const isInput = input?.name === ERROR_MODEL_INPUT && input.datatype === "FP32" && isRows(input.shape, of.features + 1);
  const isOutput = output?.name === ERROR_MODEL_OUTPUT && output.datatype === "FP32" && isRows(output.shape, 1);
  if (isInput && isOutput && inputs.length === 0 && outputs.length === 0) return undefined;
  return `it must take ${ERROR_MODEL_INPUT} FP32 [-1, ${of.features + 1}] and give ${ERROR_MODEL_OUTPUT} FP32 [-1, 1]`;
}

const isRows = ([rows, width, ...more]: readonly number[], columns: number): boolean =>
  rows === -1 && width === columns && more.length === 0;

/** A release as the current one, whose targets of this version name the error model; undefined where the version answers nobody. */
async function bringToEdge(db: Queries, key: ReleaseKey, context: ActContext, row: VersionRow): Promise<Release | undefined> {
  const current = await currentRelease(db, row.model);
  const version = `v${row.number}`;
  const target = await servedTargetOf(db, row);
  const change: TrafficChange = {
    ...(current?.stable.version === version && { stable: target }),
    ...(current?.canary?.version === version && { canary: { ...current.canary, ...target } }),
  };
  if (!current || Object.keys(change).length === 0) return undefined;
  return (await changeTraffic(db, key, context.now, current, change)).release;
}

function answerOf(row: ErrorModelRow, generation: number | null): ErrorModelAnswer {
  const { model, number, sha256, bytes, source, figures, at, actorTokenId, actorName } = row;
  const by = { tokenId: actorTokenId, name: actorName };
  return { model, version: `v${number}`, sha256, bytes, source, figures, at, by, generation };
}
