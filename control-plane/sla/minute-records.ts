/** The stored minutes: adding to them, and their sum over a span. */
import { and, eq, gte, lt, min, sql, sum } from "drizzle-orm";
import type { Queries } from "../registry/database.ts";
import { slaMinutes } from "../registry/schema.ts";
import { addMinutes, type Minute } from "./minute.ts";

/** Older minutes are deleted: a year and some weeks to compare with. */
export const MINUTES_KEPT_DAYS = 400;

/** Within the caller's transaction. */
export async function recordMinutes(db: Queries, minutes: readonly Minute[]): Promise<void> {
  for (const part of minutes) {
    const [there] = await db.select().from(slaMinutes).where(eq(slaMinutes.minute, part.minute));
    const whole = there ? addMinutes(there, part) : part;
    await db.insert(slaMinutes).values(whole).onConflictDoUpdate({ target: slaMinutes.minute, set: whole });
  }
}

export async function deleteOldMinutes(db: Queries, now: Date): Promise<void> {
  const oldest = new Date(now.getTime() - MINUTES_KEPT_DAYS * 86_400_000).toISOString();
  await db.delete(slaMinutes).where(lt(slaMinutes.minute, oldest));
}

export interface SpanSum extends Omit<Minute, "minute"> {
  /** The first minute of which anything is stored. */
  dataFrom: string | null;
}

/** The minutes that begin from `from` on and before `to`, added up. */
export async function sumMinutes(db: Queries, from: Date, to: Date): Promise<SpanSum> {
  const inSpan = and(gte(slaMinutes.minute, from.toISOString()), lt(slaMinutes.minute, to.toISOString()));
  const [row] = await db
    .select({
      dataFrom: min(slaMinutes.minute),
      requests: sum(slaMinutes.requests).mapWith(Number),
      errors: sum(slaMinutes.errors).mapWith(Number),
      edgeUpSeconds: sum(slaMinutes.edgeUpSeconds).mapWith(Number),
      controlPlaneUpSeconds: sum(slaMinutes.controlPlaneUpSeconds).mapWith(Number),
      scrapesSeen: sum(slaMinutes.scrapesSeen).mapWith(Number),
      scrapesMissed: sum(slaMinutes.scrapesMissed).mapWith(Number),
    })
    .from(slaMinutes)
    .where(inSpan);
  const buckets = await db.all<{ bound: string; count: number }>(
    sql`SELECT bucket.key AS bound, SUM(bucket.value) AS count FROM ${slaMinutes}, json_each(${slaMinutes.latency}) AS bucket WHERE ${inSpan} GROUP BY bucket.key`,
  );
  return {
    dataFrom: row?.dataFrom ?? null,
    requests: zero(row?.requests),
    errors: zero(row?.errors),
    latency: Object.fromEntries(buckets.map(({ bound, count }) => [bound, count])),
    edgeUpSeconds: zero(row?.edgeUpSeconds),
    controlPlaneUpSeconds: zero(row?.controlPlaneUpSeconds),
    scrapesSeen: zero(row?.scrapesSeen),
    scrapesMissed: zero(row?.scrapesMissed),
  };
}

/** SQLite's sum of no rows is null. */
const zero = (value: number | null | undefined): number => value ?? 0;
