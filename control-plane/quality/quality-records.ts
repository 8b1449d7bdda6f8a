/** Writing what the edge tells of live quality: ledgers' hours and receipts issued. Every write may be repeated and changes nothing then. */
import { and, eq, max, sql } from "drizzle-orm";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { versionNumber } from "../../contract/names.ts";
import type { LedgerReading } from "../../contract/quality-ledger.ts";
import type { Queries } from "../registry/database.ts";
import { liveEstimateMarks, liveEstimates } from "../registry/error-model-schema.ts";
import { liveQuality, liveReceiptMarks, liveReceipts, versions } from "../registry/schema.ts";
import { hourOf } from "./live-quality.ts";

/** Up to which revision each ledger was read. */
export async function ledgerCursors(db: Queries): Promise<{ ledger: number; epoch: string; revision: number }[]> {
  const rows = await db
    .select({ ledger: liveQuality.ledger, epoch: liveQuality.epoch, revision: max(liveQuality.revision) })
    .from(liveQuality)
    .groupBy(liveQuality.ledger, liveQuality.epoch);
  return rows.map(({ revision, ...rest }) => ({ ...rest, revision: revision ?? 0 }));
}

/** Within the caller's transaction. A row replaces the one before, never an earlier one a later. */
export async function storeLedgerHours(db: Queries, { ledger, epoch, hours }: LedgerReading): Promise<void> {
  const groupNames = new Map<string, readonly string[]>();
  for (const { model, version, group, hour, revision, sums } of hours) {
    const number = versionNumber(version);
    const name = group === null ? "" : await groupName(db, { model, number, group }, groupNames);
    await db
      .insert(liveQuality)
      .values({ ledger, epoch, model, number, group: name, hour, revision, sums })
      .onConflictDoUpdate({
        target: [
          liveQuality.ledger,
          liveQuality.epoch,
          liveQuality.model,
          liveQuality.number,
          liveQuality.group,
          liveQuality.hour,
        ],
        set: { revision, sums },
        setWhere: sql`${liveQuality.revision} < ${revision}`,
      });
  }
}

/** What the edge has counted since it began. */
export interface IssuedTotal {
  model: string;
  version: string;
  /** Empty: no group was given. */
  group: string;
  issued: number;
  favourable: number;
}

/**
 * Within the caller's transaction: adds to the hour of `at` what was counted since the mark, and moves the mark. A total below its mark is a count
 * that began anew (edge-counts.json was lost): only the mark moves then.
 */
export async function storeIssued(db: Queries, totals: readonly IssuedTotal[], at: Date): Promise<void> {
  const hour = hourOf(at);
  for (const { model, version, group, issued, favourable } of totals) {
    const key = { model, number: versionNumber(version), group };
    const { model: ofModel, number: ofNumber, group: ofGroup } = liveReceiptMarks;
    const [mark = { issued: 0, favourable: 0 }] = await db
      .select()
      .from(liveReceiptMarks)
      .where(and(eq(ofModel, model), eq(ofNumber, key.number), eq(ofGroup, group)));
    if (mark.issued === issued && mark.favourable === favourable) continue;
    await db
      .insert(liveReceiptMarks)
      .values({ ...key, issued, favourable })
      .onConflictDoUpdate({ target: [ofModel, ofNumber, ofGroup], set: { issued, favourable } });
    const added = { issued: Math.max(0, issued - mark.issued), favourable: Math.max(0, favourable - mark.favourable) };
    await db
      .insert(liveReceipts)
      .values({ ...key, hour, ...added })
      .onConflictDoUpdate({
        target: [liveReceipts.model, liveReceipts.number, liveReceipts.group, liveReceipts.hour],
        set: {
          issued: sql`${liveReceipts.issued} + ${added.issued}`,
          favourable: sql`${liveReceipts.favourable} + ${added.favourable}`,
        },
      });
  }
}

/** What the edge has estimated since it began. */
export interface EstimatedTotal {
  model: string;
  version: string;
  rows: number;
  /** Sum of the squared errors expected of them. */
  squaredError: number;
}

/** As storeIssued: both counts of a version move together, as an isolate sends both in one flush. */
export async function storeEstimated(db: Queries, totals: readonly EstimatedTotal[], at: Date): Promise<void> {
  const hour = hourOf(at);
  for (const { model, version, rows, squaredError } of totals) {
    const key = { model, number: versionNumber(version) };
    const { model: ofModel, number: ofNumber } = liveEstimateMarks;
    const [mark = { rows: 0, squaredError: 0 }] = await db
      .select()
      .from(liveEstimateMarks)
      .where(and(eq(ofModel, model), eq(ofNumber, key.number)));
    if (mark.rows === rows && mark.squaredError === squaredError) continue;
    await db
      .insert(liveEstimateMarks)
      .values({ ...key, rows, squaredError })
      .onConflictDoUpdate({ target: [ofModel, ofNumber], set: { rows, squaredError } });
    const added = { rows: rows - mark.rows, squaredError: squaredError - mark.squaredError };
    // Either of them falls only where the count began anew.
    if (!(added.rows >= 0 && added.squaredError >= 0)) continue;
    await db
      .insert(liveEstimates)
      .values({ ...key, hour, ...added })
      .onConflictDoUpdate({
        target: [liveEstimates.model, liveEstimates.number, liveEstimates.hour],
        set: {
          rows: sql`${liveEstimates.rows} + ${added.rows}`,
          squaredError: sql`${liveEstimates.squaredError} + ${added.squaredError}`,
        },
      });
  }
}

// --- Not exported ---

/** Versions never change, so neither does what a place in their list of groups stands for. */
async function groupName(
  db: Queries,
  { model, number, group }: { model: string; number: number; group: number },
  known: Map<string, readonly string[]>,
): Promise<string> {
  const key = `${model} ${number}`;
  let names = known.get(key);
  if (names === undefined) {
    const [row] = await db
      .select({ manifestJson: versions.manifestJson })
      .from(versions)
      .where(and(eq(versions.model, model), eq(versions.number, number)));
    names = row ? (manifestSchema.parse(JSON.parse(row.manifestJson)).groups?.names ?? []) : [];
    known.set(key, names);
  }
  // A version of another registry, or one from before its groups were known here: kept apart rather than dropped.
  return names[group] ?? `#${group}`;
}
