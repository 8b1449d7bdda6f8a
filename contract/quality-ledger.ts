/**
 * What a quality ledger tells the control plane: its hours of scored predictions, each with the revision of its last change. Cumulative, so that
 * reading one twice changes nothing. Schemas only.
 */
import * as z from "zod";
import { modelName, versionName } from "./names.ts";
import { qualitySums } from "./quality-sums.ts";

/** Ledgers that receipts are spread over by their id. Fixed: with another number an id would meet a ledger that has not counted it yet. */
export const QUALITY_LEDGERS = 8;
/** Rows of one page of one ledger. */
export const LEDGER_PAGE_ROWS_MAX = 200;

const revision = z.int().nonnegative();

export const ledgerHour = z.strictObject({
  model: modelName,
  version: versionName,
  /** Place in the manifest's `groups`; null: none was given. */
  group: z.int().nonnegative().nullable(),
  /** The hour of the prediction, in UTC. */
  hour: z.iso.datetime(),
  revision,
  sums: qualitySums,
});

export const ledgerReading = z.strictObject({
  schema: z.literal(1),
  ledger: z.int().nonnegative(),
  /** Made with the ledger's storage: another one means that it began anew. */
  epoch: z.string().regex(/^[0-9a-f]{16}$/),
  /** Those that changed after the revision asked for, by rising revision. */
  hours: z.array(ledgerHour).max(LEDGER_PAGE_ROWS_MAX),
  /** Whether more changed than the page holds. */
  hasMore: z.boolean(),
});

/** A ledger that does not answer is reported as silent: what is known of it stays. */
export const ledgerAnswer = z.union([ledgerReading, z.strictObject({ ledger: z.int().nonnegative(), silent: z.literal(true) })]);

/** The answer of the edge's /internal/quality. */
export const edgeQualityAnswer = z.looseObject({ ledgers: z.array(ledgerAnswer).max(64) });

/** Where a reader of one ledger is: `{ledger}:{epoch}:{revision}`, several separated by commas, in the query `since`. */
export const ledgerCursor = z.string().regex(/^\d{1,3}:[0-9a-f]{16}:\d{1,16}$/);

export type LedgerHour = z.infer<typeof ledgerHour>;
export type LedgerReading = z.infer<typeof ledgerReading>;
export type LedgerAnswer = z.infer<typeof ledgerAnswer>;
