/**
 * The tables of retraining, beside those of schema.ts: configurations, runs with their events and their log. Tables only, no queries;
 * docs/storage-schema.md says who writes and reads each.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { RetrainConfig } from "../api/retrain-config-schema.ts";
import { RUN_EVENTS, RUN_TRIGGERS } from "../api/retrain-schemas.ts";
import { RUN_STATES, RUN_STEPS } from "../retraining/run-state.ts";

const by = () => ({ actorTokenId: text("actor_token_id").notNull(), actorName: text("actor_name").notNull() });

/** The newest row of a line is its configuration; the rest is its history. A line may be configured before its first version is there. */
export const retrainConfigs = sqliteTable(
  "retrain_configs",
  {
    model: text().notNull(),
    revision: integer().notNull(),
    config: text({ mode: "json" }).$type<RetrainConfig>().notNull(),
    reason: text().notNull(),
    at: text().notNull(),
    ...by(),
  },
  (table) => [primaryKey({ columns: [table.model, table.revision] })],
);

export const retrainRuns = sqliteTable(
  "retrain_runs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: text().notNull(),
    state: text({ enum: RUN_STATES }).notNull(),
    trigger: text({ enum: RUN_TRIGGERS }).notNull(),
    /** The same condition has the same key, and starts one run, ever. */
    triggerKey: text("trigger_key").notNull(),
    reason: text().notNull(),
    evidence: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    configRevision: integer("config_revision").notNull(),
    createdAt: text("created_at").notNull(),
    /** How often a start of the control plane took it up again. */
    resumes: integer().notNull(),
    isCancelling: integer("is_cancelling", { mode: "boolean" }).notNull(),
    finishedAt: text("finished_at"),
    /** How it ended, in a sentence. */
    outcome: text(),
    /** Number of the version that it made. */
    number: integer(),
    ...by(),
  },
  (table) => [
    uniqueIndex("retrain_runs_one_active")
      .on(table.model)
      .where(sql`state IN ('queued', 'fetching', 'preprocessing', 'training', 'evaluating', 'comparing', 'registering')`),
    uniqueIndex("retrain_runs_one_suggested")
      .on(table.model, table.trigger)
      .where(sql`state = 'suggested'`),
    uniqueIndex("retrain_runs_once_a_key").on(table.model, table.triggerKey),
    index("retrain_runs_by_model").on(table.model, table.id),
    index("retrain_runs_by_version").on(table.model, table.number),
  ],
);

/** What happened in a run, and what each of its steps found. */
export const retrainEvents = sqliteTable(
  "retrain_events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    runId: integer("run_id")
      .notNull()
      .references(() => retrainRuns.id),
    at: text().notNull(),
    kind: text({ enum: RUN_EVENTS }).notNull(),
    step: text({ enum: RUN_STEPS }),
    text: text().notNull(),
    details: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    actorName: text("actor_name").notNull(),
  },
  (table) => [index("retrain_events_by_run").on(table.runId, table.id)],
);

/** What the commands of a run printed, within bounds. */
export const retrainLog = sqliteTable(
  "retrain_log",
  {
    runId: integer("run_id")
      .notNull()
      .references(() => retrainRuns.id),
    line: integer().notNull(),
    at: text().notNull(),
    step: text({ enum: RUN_STEPS }).notNull(),
    text: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.line] })],
);
