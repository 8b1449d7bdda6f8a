/**
 * The collected drift windows: taking over what a shard says, and their sum over a span. Storing the same answer twice changes nothing.
 *
 * A shard tells cumulative counts of a window, so its newest answer replaces the one before. Three things would lose counts if that were all:
 * a silent shard (its rows simply stay), a wiped one (its new storage has another creation time, hence rows of its own beside the old), and a
 * storage that was restored from an earlier point (what it fell behind is carried on under its new counts, cell by cell).
 */
import { and, eq, gte, lt } from "drizzle-orm";
import type { ShardWindow, ShardWindows } from "../../contract/drift-window.ts";
import { hourOf } from "../../contract/drift-window.ts";
import { versionNumber } from "../../contract/names.ts";
import type { Queries } from "../registry/database.ts";
import { driftWindows } from "../registry/drift-schema.ts";

/** Older windows are deleted: a season to look back on, and to make references from. */
export const WINDOWS_KEPT_DAYS = 92;

type WindowRow = typeof driftWindows.$inferSelect;

/** Takes over what a shard told of the hours from `fromHour` on and before `toHour`, within the caller's transaction. Answers how many rows changed. */
export async function storeWindows(
  db: Queries,
  { shard, createdAt, windows }: ShardWindows,
  [fromHour, toHour]: readonly [number, number],
  now: Date,
): Promise<number> {
  const known = await db
    .select()
    .from(driftWindows)
    .where(
      and(
        gte(driftWindows.hour, fromHour),
        lt(driftWindows.hour, toHour),
        eq(driftWindows.shard, shard),
        eq(driftWindows.shardCreatedAt, createdAt),
      ),
    );
  const byKey = new Map(known.map((row) => [keyOf({ ...row, version: `v${row.number}`, manifest: row.manifestSha256 }), row]));
  let changed = 0;
  for (const window of windows) {
    const before = byKey.get(keyOf(window));
    const { carriedRows, carriedCounts } = carried(before, window);
    const isSame = before?.rows === window.rows && before.carriedRows === carriedRows && sameCounts(before.counts, window.counts);
    if (isSame) continue;
    changed++;
    const told = { rows: window.rows, counts: window.counts, carriedRows, carriedCounts, collectedAt: now.toISOString() };
    const { model, version, manifest, region, hour } = window;
    await db
      .insert(driftWindows)
      .values({
        shard,
        shardCreatedAt: createdAt,
        model,
        number: versionNumber(version),
        manifestSha256: manifest,
        region,
        hour,
        ...told,
      })
      .onConflictDoUpdate({
        target: [
          driftWindows.hour,
          driftWindows.model,
          driftWindows.number,
          driftWindows.manifestSha256,
          driftWindows.region,
          driftWindows.shard,
          driftWindows.shardCreatedAt,
        ],
        set: told,
      });
  }
  return changed;
}

export interface WindowSpan {
  model: string;
  number: number;
  manifestSha256: string;
  /** Undefined: all regions together. */
  region?: string | undefined;
  fromHour: number;
  /** Not included. */
  toHour: number;
}

export interface WindowSum {
  rows: number;
  /** By flat cell; cells after the last are 0. */
  counts: number[];
  /** Hours of the span in which there were rows. */
  hours: number;
}

/** All that was counted of a version in a span. Integers throughout, so the order of adding is of no consequence. */
export async function sumWindows(db: Queries, span: WindowSpan): Promise<WindowSum> {
  const found = await db
    .select()
    .from(driftWindows)
    .where(
      and(
        gte(driftWindows.hour, span.fromHour),
        lt(driftWindows.hour, span.toHour),
        eq(driftWindows.model, span.model),
        eq(driftWindows.number, span.number),
        eq(driftWindows.manifestSha256, span.manifestSha256),
        ...(span.region === undefined ? [] : [eq(driftWindows.region, span.region)]),
      ),
    );
  const counts: number[] = [];
  let rows = 0;
  for (const row of found) {
    rows += row.rows + row.carriedRows;
    addInto(counts, row.counts);
    addInto(counts, row.carriedCounts);
  }
  return { rows, counts, hours: new Set(found.map(({ hour }) => hour)).size };
}

export async function deleteOldWindows(db: Queries, now: Date): Promise<void> {
  await db.delete(driftWindows).where(lt(driftWindows.hour, hourOf(now.getTime()) - WINDOWS_KEPT_DAYS * 24));
}

// --- Not exported ---

const keyOf = ({ model, version, manifest, region, hour }: Omit<ShardWindow, "rows" | "counts">): string =>
  [hour, model, version, manifest, region].join(" ");

/** What of the known counts the storage no longer has. */
function carried(before: WindowRow | undefined, window: ShardWindow): Pick<WindowRow, "carriedRows" | "carriedCounts"> {
  if (!before) return { carriedRows: 0, carriedCounts: [] };
  const carriedCounts = [...before.carriedCounts];
  for (const [cell, count] of before.counts.entries()) {
    const lost = count - (window.counts[cell] ?? 0);
    if (lost > 0) addAt(carriedCounts, cell, lost);
  }
  return { carriedRows: before.carriedRows + Math.max(0, before.rows - window.rows), carriedCounts };
}

function addInto(sum: number[], counts: readonly number[]): void {
  for (const [cell, count] of counts.entries()) addAt(sum, cell, count);
}

function addAt(sum: number[], cell: number, count: number): void {
  while (sum.length <= cell) sum.push(0);
  sum[cell] = (sum[cell] as number) + count;
}

const sameCounts = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((count, cell) => count === b[cell]);
