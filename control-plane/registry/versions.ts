/** Reading versions: one, a page of many, and the plain row for those who decide on it. */
import { and, desc, eq, exists, inArray, lt, type SQL } from "drizzle-orm";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { versionNumber } from "../../contract/names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { VersionAnswer, VersionsAnswer, VersionsQuery } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import type { Queries } from "./database.ts";
import { models, versionMetrics, versions, versionTags } from "./schema.ts";

export type VersionRow = typeof versions.$inferSelect;

/** The row of one version, or which of model and version is unknown. */
export async function findVersionRow(db: Queries, model: string, version: string): Promise<Result<VersionRow, LookupFailure>> {
  const [row] = await db
    .select()
    .from(versions)
    .where(and(eq(versions.model, model), eq(versions.number, versionNumber(version))));
  if (row) return succeed(row);
  const [known] = await db.select().from(models).where(eq(models.name, model));
  return fail(known ? { reason: "version_unknown", model, version } : { reason: "model_unknown", model });
}

/** One version as the API shows it. */
export async function findVersion(db: Queries, model: string, version: string): Promise<Result<VersionAnswer, LookupFailure>> {
  const row = await findVersionRow(db, model, version);
  if (!row.ok) return row;
  const [answer] = await withTagsAndMetrics(db, model, [row.value]);
  return succeed(answer as VersionAnswer);
}

/** Newest first, a page at a time. */
export async function listVersions(
  db: Queries,
  model: string,
  query: VersionsQuery,
): Promise<Result<VersionsAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const rows = await db
    .select()
    .from(versions)
    .where(
      and(
        eq(versions.model, model),
        query.stage && eq(versions.stage, query.stage),
        query.before === undefined ? undefined : lt(versions.number, versionNumber(query.before)),
        query.tag === undefined ? undefined : hasTag(db, query.tag),
      ),
    )
    .orderBy(desc(versions.number))
    .limit(query.limit + 1);
  const page = await withTagsAndMetrics(db, model, rows.slice(0, query.limit));
  return succeed({ versions: page, next: rows.length > query.limit ? (page.at(-1)?.version ?? null) : null });
}

// --- Not exported ---

function hasTag(db: Queries, tag: string): SQL {
  const at = tag.indexOf("=");
  const key = at < 0 ? tag : tag.slice(0, at);
  const value = at < 0 ? undefined : eq(versionTags.value, tag.slice(at + 1));
  const ofVersion = and(eq(versionTags.model, versions.model), eq(versionTags.number, versions.number));
  return exists(
    db
      .select()
      .from(versionTags)
      .where(and(ofVersion, eq(versionTags.key, key), value)),
  );
}

async function withTagsAndMetrics(db: Queries, model: string, rows: VersionRow[]): Promise<VersionAnswer[]> {
  const numbers = rows.map(({ number }) => number);
  const tags = await db
    .select()
    .from(versionTags)
    .where(and(eq(versionTags.model, model), inArray(versionTags.number, numbers)))
    .orderBy(versionTags.key);
  const metrics = await db
    .select()
    .from(versionMetrics)
    .where(and(eq(versionMetrics.model, model), inArray(versionMetrics.number, numbers)))
    .orderBy(versionMetrics.name);
  return rows.map((row) => {
    const { inputs, outputs } = manifestSchema.parse(JSON.parse(row.manifestJson));
    const isOfRow = ({ number }: { number: number }) => number === row.number;
    return {
      model: row.model,
      version: `v${row.number}`,
      stage: row.stage,
      description: row.description,
      tags: Object.fromEntries(tags.filter(isOfRow).map(({ key, value }) => [key, value])),
      metrics: Object.fromEntries(metrics.filter(isOfRow).map(({ name, value }) => [name, value])),
      createdAt: row.createdAt,
      createdBy: { tokenId: row.createdByTokenId, name: row.createdByName },
      artifact: { sha256: row.artifactSha256, bytes: row.artifactBytes },
      uploaded: { sha256: row.uploadedSha256, bytes: row.uploadedBytes },
      manifest: { sha256: row.manifestSha256 },
      inputs,
      outputs,
      inspection: row.inspection,
    };
  });
}
