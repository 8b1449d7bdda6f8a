/**
 * Registers a version: receive → compare digests → refuse what is there already → inspect → write. Whatever fails, nothing is left: no row,
 * no file.
 */
import { randomUUID } from "node:crypto";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { VersionAnswer } from "../api/schemas.ts";
import type { RegistrationFailure, RegistryFailure } from "../failure.ts";
import type { Inspection, InspectionOptions, InspectionRefusal } from "../inspection/inspection.ts";
import type { Caller } from "../registry/audit.ts";
import type { Registry } from "../registry/database.ts";
import { findVersion } from "../registry/versions.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import type { SerialQueue } from "../serial-queue.ts";
import { syncFile, type ArtifactFiles } from "./artifact-files.ts";
import { findUploaded, insertVersion, type NewVersion } from "./insert-version.ts";
import type { UploadSource } from "../upload/receive-parts.ts";
import { receiveUpload, type Upload } from "./receive-upload.ts";

export type InspectArtifact = (path: string, options: InspectionOptions) => Promise<Result<Inspection, InspectionRefusal>>;

export interface RegistrationTools {
  registry: Registry;
  files: ArtifactFiles;
  key: ReleaseKey;
  inspect: InspectArtifact;
  /** One inspection at a time: each loads a model in a process of its own. */
  inspections: SerialQueue;
  artifactBytesMax: number;
  now: () => Date;
}

const INSPECTION_TIMEOUT_MS = 120_000;
/** Of `expected` against what the WASM runtime gives: other libraries add up in another order. */
const TOLERANCE_DEFAULT = { absolute: 1e-4, relative: 1e-4 };

export async function registerVersion(
  tools: RegistrationTools,
  caller: Caller,
  model: string,
  source: UploadSource,
): Promise<Result<VersionAnswer, RegistrationFailure | RegistryFailure>> {
  const uploadId = randomUUID();
  const path = tools.files.uploadPath(uploadId);
  try {
    const received = await receiveUpload(source, path, tools.artifactBytesMax);
    if (!received.ok) return received;
    const upload = received.value;
    const refused = await refuseEarly(tools, model, upload);
    if (refused) return fail(refused);
    const inspected = await tools.inspections.run(() => tools.inspect(path, inspectionOptions(upload, tools.artifactBytesMax)));
    if (!inspected.ok) return fail({ reason: "artifact_refused", refusal: inspected.failure });
    await syncFile(inspected.value.served.path);
    return await write(tools, caller, { model, upload, inspection: inspected.value });
  } finally {
    tools.files.discardUpload(uploadId);
  }
}

// --- Not exported ---

/** What can be said before the inspection, which is slow. */
async function refuseEarly(
  { registry }: RegistrationTools,
  model: string,
  { sha256, metadata }: Upload,
): Promise<RegistrationFailure | undefined> {
  const claimed = metadata.sha256;
  if (claimed !== undefined && claimed !== sha256) {
    return { reason: "artifact_refused", refusal: { reason: "digest_mismatch", claimed, got: sha256 } };
  }
  const version = await registry.read((db) => findUploaded(db, model, sha256));
  return version === undefined ? undefined : { reason: "version_exists", model, version, sha256 };
}

function inspectionOptions({ metadata }: Upload, artifactBytesMax: number): InspectionOptions {
  return {
    artifactBytesMax,
    inputs: metadata.inputs ?? [],
    examples: metadata.examples,
    expected: metadata.expected,
    referenceRows: metadata.reference?.sample,
    tolerance: metadata.tolerance ?? TOLERANCE_DEFAULT,
    timeoutMs: INSPECTION_TIMEOUT_MS,
  };
}

/** The file gets its place within the write's turn, so no other registration can see it half there or lose it to our cleaning up. */
async function write(
  { registry, files, key, now }: RegistrationTools,
  caller: Caller,
  version: NewVersion,
): Promise<Result<VersionAnswer, RegistrationFailure | RegistryFailure>> {
  const { path, sha256 } = version.inspection.served;
  let isPlaced = false;
  return registry.write<VersionAnswer, RegistrationFailure>(
    async (db) => {
      const inserted = await insertVersion(db, key, { ...caller, now: now() }, version);
      if (!inserted.ok) return inserted;
      const answer = await findVersion(db, version.model, inserted.value);
      if (!answer.ok) throw new Error(`${version.model} ${inserted.value} was inserted and is not there`);
      isPlaced = files.place(path, sha256) || isPlaced;
      return succeed(answer.value);
    },
    () => {
      if (isPlaced) files.remove(sha256);
    },
  );
}
