/** Reading model lines. */
import { and, asc, count, desc, eq, max } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ModelAnswer } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import type { Queries } from "./database.ts";
import { models, releases, versions } from "./schema.ts";

export async function listModels(db: Queries): Promise<ModelAnswer[]> {
  const rows = await db.select().from(models).orderBy(asc(models.name));
  return Promise.all(rows.map((row) => summarize(db, row)));
}

export async function findModel(db: Queries, name: string): Promise<Result<ModelAnswer, LookupFailure>> {
  const [row] = await db.select().from(models).where(eq(models.name, name));
  return row ? succeed(await summarize(db, row)) : fail({ reason: "model_unknown", model: name });
}

/** The generation of the newest release, published or not; 0 before the first. */
export async function currentGeneration(db: Queries, model: string): Promise<number> {
  const [row] = await db
    .select({ generation: max(releases.generation) })
    .from(releases)
    .where(eq(releases.model, model));
  return row?.generation ?? 0;
}

async function summarize(db: Queries, row: typeof models.$inferSelect): Promise<ModelAnswer> {
  const ofModel = eq(versions.model, row.name);
  const [counted] = await db
    .select({ versions: count(), latest: max(versions.number) })
    .from(versions)
    .where(ofModel);
  const [production] = await db
    .select({ number: versions.number })
    .from(versions)
    .where(and(ofModel, eq(versions.stage, "production")));
  const staging = await db
    .select({ number: versions.number })
    .from(versions)
    .where(and(ofModel, eq(versions.stage, "staging")))
    .orderBy(desc(versions.number));
  if (!counted?.latest) throw new Error(`model ${row.name} has no version`);
  return {
    name: row.name,
    createdAt: row.createdAt,
    versions: counted.versions,
    latest: `v${counted.latest}`,
    production: production ? `v${production.number}` : null,
    staging: staging.map(({ number }) => `v${number}`),
    generation: await currentGeneration(db, row.name),
  };
}
