/** Adds an evaluation set to a model line: receive → read from end to end against the newest version's features → place → write. Whatever fails, nothing is left. */
import { randomUUID } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import { EVALUATION_SET_BYTES_MAX } from "../../contract/limits.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { evaluationSetMetadata, type EvaluationSetAnswer } from "../api/gate-schemas.ts";
import type { EvaluationSetFailure, LookupFailure, RegistryFailure, UploadFailure } from "../failure.ts";
import { appendAudit, type Caller } from "../registry/audit.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { evaluationSets } from "../registry/gate-schema.ts";
import { versions } from "../registry/schema.ts";
import type { VersionRow } from "../registry/versions.ts";
import { parseMetadata } from "../upload/metadata.ts";
import { receiveParts, type UploadSource } from "../upload/receive-parts.ts";
import { checkInChild, type EvaluationTools } from "./run-evaluation.ts";
import { toSetAnswer } from "./set-records.ts";

export interface AddSetTools extends EvaluationTools {
  registry: Registry;
  now: () => Date;
}

export async function addEvaluationSet(
  tools: AddSetTools,
  caller: Caller,
  { model, name }: { model: string; name: string },
  source: UploadSource,
): Promise<Result<EvaluationSetAnswer, UploadFailure | EvaluationSetFailure | LookupFailure | RegistryFailure>> {
  const { registry, setFiles, evaluations, now } = tools;
  const newest = await registry.read((db) => newestVersion(db, model));
  if (newest === undefined) return fail({ reason: "model_unknown", model });
  const path = setFiles.uploadPath(randomUUID());
  try {
    const received = await receiveParts(source, path, {
      file: "rows",
      what: "evaluation set",
      bytesMax: EVALUATION_SET_BYTES_MAX,
    });
    if (!received.ok) return received;
    const metadata = parseMetadata(received.value.metadataText, evaluationSetMetadata);
    if (!metadata.ok) return metadata;
    const { format, isGzipped, spec } = metadata.value;
    const { inputs, outputs } = manifestSchema.parse(JSON.parse(newest.manifestJson));
    const checked = await checkInChild(evaluations, { file: { path, format, isGzipped }, inputs, outputs, spec });
    const problems = checked.ok ? checked.value.problems : [{ row: null, column: null, detail: checked.failure.detail }];
    if (!checked.ok || problems.length > 0) return fail({ reason: "evaluation_set_invalid", name, problems });
    const { rows, labelledRows, groups } = checked.value;
    const { sha256, bytes } = received.value.file;
    await setFiles.place(path, sha256);
    const written = await registry.write<EvaluationSetAnswer>(async (db) => {
      const context = { ...caller, now: now() };
      const { tokenId: actorTokenId, name: actorName } = caller.actor;
      const row = {
        model,
        name,
        sha256,
        bytes,
        format,
        isGzipped,
        rows,
        labelledRows,
        spec,
        at: context.now.toISOString(),
        actorTokenId,
        actorName,
      };
      const [inserted] = await db.insert(evaluationSets).values(row).returning();
      if (!inserted) throw new Error("an evaluation set was inserted and did not come back");
      await appendAudit(db, context, { act: "evaluation_set_add", model, details: { name, sha256, rows, labelledRows } });
      return succeed(toSetAnswer(inserted));
    });
    return written.ok ? succeed({ ...written.value, groups }) : written;
  } finally {
    setFiles.discard(path);
  }
}

async function newestVersion(db: Queries, model: string): Promise<VersionRow | undefined> {
  const [row] = await db.select().from(versions).where(eq(versions.model, model)).orderBy(desc(versions.number)).limit(1);
  return row;
}
