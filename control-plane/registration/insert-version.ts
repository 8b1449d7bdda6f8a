/** Writes a new version with all that belongs to it, within the caller's transaction, which also gives it its number. */
import { and, eq, max } from "drizzle-orm";
import { MANIFEST_BYTES_MAX } from "../../contract/limits.ts";
import { groupsProblem } from "../../contract/scored-output.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RegistrationFailure } from "../failure.ts";
import type { Inspection } from "../inspection/inspection.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { recordMove } from "../registry/history.ts";
import { models, versions } from "../registry/schema.ts";
import { setMetrics, setTag } from "../registry/version-edits.ts";
import { findVersionRow } from "../registry/versions.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { enqueueStaged } from "../releases/staged.ts";
import { buildManifest } from "./build-manifest.ts";
import { manifestReference } from "./manifest-reference.ts";
import type { Upload } from "./receive-upload.ts";

export interface NewVersion {
  model: string;
  upload: Upload;
  inspection: Inspection;
}

/** Answers the version's name. */
export async function insertVersion(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  { model, upload, inspection }: NewVersion,
): Promise<Result<string, RegistrationFailure>> {
  const duplicate = await findUploaded(db, model, upload.sha256);
  if (duplicate !== undefined) return fail({ reason: "version_exists", model, version: duplicate, sha256: upload.sha256 });
  const { actor, now } = context;
  const { description = "", tags = {}, metrics = {}, stage = "development", groups } = upload.metadata;
  const problem = groups && groupsProblem(groups, inspection.outputs);
  if (problem !== undefined) {
    return fail({ reason: "metadata_invalid", issues: [{ path: "groups.favourable", message: problem }] });
  }
  const createdAt = now.toISOString();
  await db.insert(models).values({ name: model, createdAt }).onConflictDoNothing();
  const [newest] = await db
    .select({ number: max(versions.number) })
    .from(versions)
    .where(eq(versions.model, model));
  const number = (newest?.number ?? 0) + 1;
  const version = `v${number}`;
  const reference = manifestReference(upload.metadata.reference, inspection);
  if (!reference.ok) return fail({ reason: "artifact_refused", refusal: reference.failure });
  const manifest = buildManifest({ model, version }, inspection, metrics, groups, reference.value);
  if (manifest.bytes > MANIFEST_BYTES_MAX) {
    return fail({
      reason: "artifact_refused",
      refusal: { reason: "manifest_too_large", bytes: manifest.bytes, max: MANIFEST_BYTES_MAX },
    });
  }
  const { rewrites, irVersion, producer, opsets, operators, engine, sessionCreateMs, limitRunMs, wasmMemoryBytes, served } =
    inspection;
  await db.insert(versions).values({
    model,
    number,
    stage,
    description,
    uploadedSha256: upload.sha256,
    uploadedBytes: upload.bytes,
    artifactSha256: served.sha256,
    artifactBytes: served.bytes,
    manifestSha256: manifest.sha256,
    manifestJson: manifest.json,
    inspection: { rewrites, irVersion, producer, opsets, operators, engine, sessionCreateMs, limitRunMs, wasmMemoryBytes },
    createdAt,
    createdByTokenId: actor.tokenId,
    createdByName: actor.name,
  });
  for (const [name, value] of Object.entries(tags)) await setTag(db, { model, number }, name, value);
  await setMetrics(db, { model, number }, metrics);
  await recordMove(db, context, {
    model,
    number,
    from: null,
    to: stage,
    act: "register",
    reason: "registered",
    generation: null,
  });
  if (stage === "staging") {
    const row = await findVersionRow(db, model, version);
    if (!row.ok) throw new Error(`${model} ${version} was inserted and is not there`);
    await enqueueStaged(db, key, row.value, now);
  }
  const details = { sha256: upload.sha256, bytes: upload.bytes, stage };
  await appendAudit(db, context, { act: "register", model, number, details });
  return succeed(version);
}

/** The version of this model that was made from the same uploaded bytes. */
export async function findUploaded(db: Queries, model: string, sha256: string): Promise<string | undefined> {
  const [row] = await db
    .select({ number: versions.number })
    .from(versions)
    .where(and(eq(versions.model, model), eq(versions.uploadedSha256, sha256)));
  return row && `v${row.number}`;
}
