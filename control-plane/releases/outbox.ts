/**
 * The outbox: what each KV key shall hold, written in the transaction that decided it and taken out by the reconciler. A newer row of a
 * key supersedes the older ones in the same transaction, so at most one row of a key is ever pending.
 */
import { and, asc, count, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { Publication } from "../api/schemas.ts";
import type { Queries } from "../registry/database.ts";
import { outbox } from "../registry/schema.ts";

export type OutboxRow = typeof outbox.$inferSelect;

export interface OutboxEntry {
  model: string;
  kvKey: string;
  /** Null: the key is to be deleted. */
  kvValue: string | null;
  generation: number | null;
}

/** Adds a row and supersedes what was pending for its key; answers the row's id. */
export async function enqueue(db: Queries, entry: OutboxEntry, now: Date): Promise<number> {
  await db
    .update(outbox)
    .set({ state: "superseded" })
    .where(and(eq(outbox.kvKey, entry.kvKey), eq(outbox.state, "pending")));
  const [row] = await db
    .insert(outbox)
    .values({ ...entry, state: "pending", createdAt: now.toISOString() })
    .returning({ id: outbox.id });
  if (!row) throw new Error("an outbox row was inserted and did not come back");
  return row.id;
}

export function pendingRows(db: Queries): Promise<OutboxRow[]> {
  return db.select().from(outbox).where(eq(outbox.state, "pending")).orderBy(asc(outbox.id));
}

export async function findOutboxRow(db: Queries, id: number): Promise<OutboxRow | undefined> {
  const [row] = await db.select().from(outbox).where(eq(outbox.id, id));
  return row;
}

/** The newest row of a key: what it shall hold in the end. */
export async function newestRowOf(db: Queries, kvKey: string): Promise<OutboxRow | undefined> {
  const [row] = await db.select().from(outbox).where(eq(outbox.kvKey, kvKey)).orderBy(desc(outbox.id)).limit(1);
  return row;
}

/** A row superseded while it was being published stays superseded. */
export async function markPublished(db: Queries, id: number, now: Date): Promise<void> {
  await db
    .update(outbox)
    .set({ state: "published", attempts: sql`${outbox.attempts} + 1`, lastError: null, publishedAt: now.toISOString() })
    .where(and(eq(outbox.id, id), eq(outbox.state, "pending")));
}

export async function recordAttempt(db: Queries, id: number, error: string): Promise<void> {
  await db
    .update(outbox)
    .set({ attempts: sql`${outbox.attempts} + 1`, lastError: error })
    .where(eq(outbox.id, id));
}

/** How many rows wait, and what the newest of them met last. */
export async function pendingSummary(db: Queries): Promise<{ pending: number; lastError: string | null }> {
  const isPending = eq(outbox.state, "pending");
  const [counted] = await db.select({ pending: count() }).from(outbox).where(isPending);
  const [newest] = await db
    .select({ lastError: outbox.lastError })
    .from(outbox)
    .where(and(isPending, isNotNull(outbox.lastError)))
    .orderBy(desc(outbox.id))
    .limit(1);
  return { pending: counted?.pending ?? 0, lastError: newest?.lastError ?? null };
}

export function toPublication({ kvKey, state, attempts, lastError, publishedAt }: OutboxRow): Publication {
  return { key: kvKey, state, attempts, lastError, publishedAt };
}
