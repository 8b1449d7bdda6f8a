/** What the registry says for /metrics, read in one go: models, versions by stage, generations, publications, acts. Queries only. */
import { and, count, eq, inArray, isNotNull, max } from "drizzle-orm";
import { releaseKey } from "../../contract/names.ts";
import type { Queries } from "../registry/database.ts";
import { auditLog, models, outbox, releases, stageMoves, versions } from "../registry/schema.ts";
import { release } from "../../contract/release.ts";
import type { PublishedRelease } from "./convergence.ts";

export const COUNTED_ACTS = ["register", "move", "promote", "rollback"] as const;

export interface RegistryFacts {
  models: string[];
  generations: { model: string; generation: number }[];
  published: PublishedFact[];
  versions: { model: string; stage: string; count: number }[];
  acts: { model: string; act: string; count: number }[];
  pending: number;
}

export interface PublishedFact extends PublishedRelease {
  /** The version that callers get. */
  version: string;
  /** The act that made the release; `other` when it moved no version into production. */
  act: string;
}

export async function registryFacts(db: Queries): Promise<RegistryFacts> {
  const names = (await db.select({ name: models.name }).from(models)).map(({ name }) => name).toSorted();
  const generations = await db
    .select({ model: releases.model, generation: max(releases.generation) })
    .from(releases)
    .groupBy(releases.model);
  const byStage = await db
    .select({ model: versions.model, stage: versions.stage, count: count() })
    .from(versions)
    .groupBy(versions.model, versions.stage);
  const acts = await db
    .select({ model: auditLog.model, act: auditLog.act, count: count() })
    .from(auditLog)
    .where(and(inArray(auditLog.act, [...COUNTED_ACTS]), isNotNull(auditLog.model)))
    .groupBy(auditLog.model, auditLog.act);
  const [waiting] = await db.select({ count: count() }).from(outbox).where(eq(outbox.state, "pending"));
  return {
    models: names,
    generations: generations.map(({ model, generation }) => ({ model, generation: generation ?? 0 })),
    published: await publishedReleases(db, names),
    versions: byStage,
    acts: acts.map(({ model, ...rest }) => ({ model: model ?? "", ...rest })),
    pending: waiting?.count ?? 0,
  };
}

async function publishedReleases(db: Queries, names: readonly string[]): Promise<PublishedFact[]> {
  const newest = await db
    .select({ model: outbox.model, generation: max(outbox.generation) })
    .from(outbox)
    .where(and(eq(outbox.state, "published"), inArray(outbox.kvKey, names.map(releaseKey))))
    .groupBy(outbox.model);
  const found: PublishedFact[] = [];
  for (const { model, generation } of newest) {
    if (generation === null) continue;
    const [row] = await db
      .select({ publishedAt: outbox.publishedAt, value: outbox.kvValue })
      .from(outbox)
      .where(and(eq(outbox.kvKey, releaseKey(model)), eq(outbox.generation, generation), eq(outbox.state, "published")));
    const [move] = await db
      .select({ act: stageMoves.act })
      .from(stageMoves)
      .where(and(eq(stageMoves.model, model), eq(stageMoves.generation, generation), eq(stageMoves.to, "production")));
    found.push({
      model,
      generation,
      publishedAtMs: Date.parse(row?.publishedAt ?? ""),
      version: release.parse(JSON.parse(row?.value ?? "null")).stable.version,
      act: move?.act ?? "other",
    });
  }
  return found;
}
