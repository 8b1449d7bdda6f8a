/**
 * Collects live quality from the edge at an interval: the ledgers' changed hours, page by page, the receipts that were issued, and the errors that were estimated. Storing is
 * idempotent (quality-records.ts), so a collection may end anywhere. What is asked of the edge comes in as functions.
 */
import type { Logger } from "pino";
import type { LedgerAnswer, LedgerReading } from "../../contract/quality-ledger.ts";
import { succeed, type Result } from "../../contract/result.ts";
import { repeat, type Repeating } from "../repeating.ts";
import type { Registry } from "../registry/database.ts";
import {
  ledgerCursors,
  storeEstimated,
  storeIssued,
  storeLedgerHours,
  type EstimatedTotal,
  type IssuedTotal,
} from "./quality-records.ts";

export type LedgerCursor = { ledger: number; epoch: string; revision: number };

export interface CollectorTools {
  registry: Registry;
  /** What changed in every ledger since `cursors`; a sentence when the edge does not answer. */
  readLedgers: (cursors: readonly LedgerCursor[]) => Promise<Result<LedgerAnswer[], string>>;
  /** What the edge has counted of receipts and of estimates, as of one look at it. Undefined: not known just now. */
  readCounted: () => Promise<{ issued: IssuedTotal[]; estimated: EstimatedTotal[] } | undefined>;
  now: () => Date;
  log: Logger;
}

/** Pages of one collection; what is left comes with the next. */
const PAGES_MAX = 100;

export function startCollector({ everyMs, ...tools }: CollectorTools & { everyMs: number }): Repeating {
  return repeat(() => collectQuality(tools), {
    everyMs,
    onFailure: (error) => tools.log.error({ error: String(error) }, "live quality could not be collected"),
  });
}

/** One collection. */
export async function collectQuality({ registry, readLedgers, readCounted, now, log }: CollectorTools): Promise<void> {
  const counted = await readCounted();
  if (counted) {
    const stored = await registry.write(async (db) => {
      const at = now();
      await storeIssued(db, counted.issued, at);
      await storeEstimated(db, counted.estimated, at);
      return succeed(undefined);
    });
    if (!stored.ok) log.warn({ reason: stored.failure.reason }, "counts of receipts and estimates could not be stored");
  }
  for (let page = 0; page < PAGES_MAX; page++) {
    const cursors = await registry.read(ledgerCursors);
    const answers = await readLedgers(cursors);
    if (!answers.ok) return log.warn({ detail: answers.failure }, "the edge gives no live quality");
    const readings = answers.value.filter((answer): answer is LedgerReading => !("silent" in answer));
    const changed = readings.filter(({ hours }) => hours.length > 0);
    if (changed.length > 0) {
      const stored = await registry.write(async (db) => {
        for (const reading of changed) await storeLedgerHours(db, reading);
        return succeed(undefined);
      });
      if (!stored.ok) return log.warn({ reason: stored.failure.reason }, "live quality could not be stored");
    }
    if (!readings.some(({ hasMore }) => hasMore)) return;
  }
}
