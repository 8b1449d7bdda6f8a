/** Reading releases from the registry: the newest of a model, and whether a given one is there. */
import { and, desc, eq } from "drizzle-orm";
import { releaseKey } from "../../contract/names.ts";
import { release as releaseSchema, type Release } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ReleaseAnswer } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import type { Queries } from "../registry/database.ts";
import { models, releases } from "../registry/schema.ts";
import { newestRowOf, toPublication } from "./outbox.ts";

/** The newest release of a model, published or not. */
export async function currentRelease(db: Queries, model: string): Promise<Release | undefined> {
  const [row] = await db.select().from(releases).where(eq(releases.model, model)).orderBy(desc(releases.generation)).limit(1);
  return row && releaseSchema.parse(JSON.parse(row.payload));
}

/** The newest release and how far its publication is. */
export async function describeRelease(db: Queries, model: string): Promise<Result<ReleaseAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const row = await newestRowOf(db, releaseKey(model));
  return succeed({ model, release: (await currentRelease(db, model)) ?? null, publication: row ? toPublication(row) : null });
}

export async function hasRelease(db: Queries, { model, generation, signature }: Release): Promise<boolean> {
  const [row] = await db
    .select({ signature: releases.signature })
    .from(releases)
    .where(and(eq(releases.model, model), eq(releases.generation, generation)));
  return row?.signature === signature;
}
