/** What may change of a version after registration: its description, tags and metrics. Bytes, manifest and number never do. */
import { and, eq } from "drizzle-orm";
import { versionNumber } from "../../contract/names.ts";
import { succeed, type Result } from "../../contract/result.ts";
import type { VersionAnswer } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "./audit.ts";
import type { Queries } from "./database.ts";
import { versionMetrics, versions, versionTags } from "./schema.ts";
import { findVersion, findVersionRow } from "./versions.ts";

export type VersionEdit =
  | { act: "describe"; description: string }
  | { act: "tag"; key: string; value: string }
  | { act: "untag"; key: string }
  /** Merged into the metrics there are. */
  | { act: "measure"; metrics: Readonly<Record<string, number>> };

/** Applies one edit with its audit row; answers the version as it is then. Removing a tag that is not there changes nothing. */
export async function editVersion(
  db: Queries,
  context: ActContext,
  { model, version }: { model: string; version: string },
  edit: VersionEdit,
): Promise<Result<VersionAnswer, LookupFailure>> {
  const row = await findVersionRow(db, model, version);
  if (!row.ok) return row;
  await apply(db, { model, number: versionNumber(version) }, edit);
  const { act, ...details } = edit;
  await appendAudit(db, context, { act, model, number: row.value.number, details });
  const edited = await findVersion(db, model, version);
  return edited.ok ? succeed(edited.value) : edited;
}

async function apply(db: Queries, at: { model: string; number: number }, edit: VersionEdit): Promise<void> {
  switch (edit.act) {
    case "describe":
      await db
        .update(versions)
        .set({ description: edit.description })
        .where(and(eq(versions.model, at.model), eq(versions.number, at.number)));
      return;
    case "tag":
      await setTag(db, at, edit.key, edit.value);
      return;
    case "untag":
      await db
        .delete(versionTags)
        .where(and(eq(versionTags.model, at.model), eq(versionTags.number, at.number), eq(versionTags.key, edit.key)));
      return;
    case "measure":
      await setMetrics(db, at, edit.metrics);
  }
}

export async function setTag(db: Queries, at: { model: string; number: number }, key: string, value: string): Promise<void> {
  const target = [versionTags.model, versionTags.number, versionTags.key];
  await db
    .insert(versionTags)
    .values({ ...at, key, value })
    .onConflictDoUpdate({ target, set: { value } });
}

export async function setMetrics(
  db: Queries,
  at: { model: string; number: number },
  metrics: Readonly<Record<string, number>>,
): Promise<void> {
  const target = [versionMetrics.model, versionMetrics.number, versionMetrics.name];
  for (const [name, value] of Object.entries(metrics)) {
    await db
      .insert(versionMetrics)
      .values({ ...at, name, value })
      .onConflictDoUpdate({ target, set: { value } });
  }
}
