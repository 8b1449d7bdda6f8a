/**
 * The registry's tables for drift: collected windows, references made from live traffic, reports (docs/storage-schema.md says who writes and reads
 * each). Tables only, no queries; the other tables are in schema.ts.
 */
import { sql } from "drizzle-orm";
import { foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { DriftReport } from "../../contract/drift-report.ts";
import { DRIFT_ORIGINS, DRIFT_VERDICTS } from "../api/drift-schemas.ts";
import { models, versions } from "./schema.ts";

const versionKey = () => ({ model: text().notNull(), number: integer().notNull() });

/** What a shard last said of one of its drift windows. Windows of a shard whose storage was wiped stay beside those of its new one. */
export const driftWindows = sqliteTable(
  "drift_windows",
  {
    shard: integer().notNull(),
    /** When that storage of the shard began to count. */
    shardCreatedAt: text("shard_created_at").notNull(),
    ...versionKey(),
    manifestSha256: text("manifest_sha256").notNull(),
    region: text().notNull(),
    /** Whole hours since 1970. */
    hour: integer().notNull(),
    rows: integer().notNull(),
    /** Rows by flat cell of the manifest's reference. */
    counts: text({ mode: "json" }).$type<number[]>().notNull(),
    /** What the same storage had said before it fell behind itself (it was restored from an earlier point). */
    carriedRows: integer("carried_rows").notNull(),
    carriedCounts: text("carried_counts", { mode: "json" }).$type<number[]>().notNull(),
    collectedAt: text("collected_at").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.hour, table.model, table.number, table.manifestSha256, table.region, table.shard, table.shardCreatedAt],
    }),
  ],
);

/** A reference made from live traffic, or the decision to go back to the registered one (`counts` null). The newest of a version counts. */
export const driftReferences = sqliteTable(
  "drift_references",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...versionKey(),
    manifestSha256: text("manifest_sha256").notNull(),
    windowFrom: text("window_from"),
    windowTo: text("window_to"),
    region: text(),
    rows: integer(),
    counts: text({ mode: "json" }).$type<number[]>(),
    reason: text().notNull(),
    createdAt: text("created_at").notNull(),
    createdByTokenId: text("created_by_token_id").notNull(),
    createdByName: text("created_by_name").notNull(),
  },
  (table) => [
    index("drift_references_by_version").on(table.model, table.number, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

export const driftReports = sqliteTable(
  "drift_reports",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: text()
      .notNull()
      .references(() => models.name),
    /** Null: a file's report, which no version made. */
    number: integer(),
    origin: text({ enum: DRIFT_ORIGINS }).notNull(),
    /** Which turn of the schedule it is; a turn has one report. */
    scheduledFor: text("scheduled_for"),
    windowFrom: text("window_from"),
    windowTo: text("window_to"),
    region: text(),
    verdict: text({ enum: DRIFT_VERDICTS }).notNull(),
    referenceRows: integer("reference_rows").notNull(),
    currentRows: integer("current_rows").notNull(),
    report: text({ mode: "json" }).$type<DriftReport>().notNull(),
    createdAt: text("created_at").notNull(),
    createdByName: text("created_by_name").notNull(),
  },
  (table) => [
    uniqueIndex("drift_reports_once_a_turn")
      .on(table.model, table.scheduledFor)
      .where(sql`scheduled_for IS NOT NULL`),
    index("drift_reports_by_model").on(table.model, table.id),
  ],
);
