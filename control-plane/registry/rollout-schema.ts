/**
 * The tables of progressive release, beside those of schema.ts: rollouts and their step log, release policies, bakes. The log is append-only by trigger. Tables
 * only, no queries; docs/storage-schema.md says who writes and reads each.
 */
import { sql } from "drizzle-orm";
import { foreignKey, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import {
  BAKE_STATES,
  ROLLOUT_EVENTS,
  ROLLOUT_STATES,
  type Finding,
  type ReleasePolicy,
  type RolloutEvidence,
  type RolloutPlan,
} from "../api/rollout-schemas.ts";
import type { Baseline, BakeBaseline } from "../rollouts/baseline.ts";
import { models, versions } from "./schema.ts";

const by = () => ({ actorTokenId: text("actor_token_id").notNull(), actorName: text("actor_name").notNull() });

export const rollouts = sqliteTable(
  "rollouts",
  {
    /** Salts the split of callers. Never used twice, hence the autoincrement. */
    id: integer().primaryKey({ autoIncrement: true }),
    model: text().notNull(),
    number: integer().notNull(),
    stableNumber: integer("stable_number").notNull(),
    state: text({ enum: ROLLOUT_STATES }).notNull(),
    plan: text({ mode: "json" }).$type<RolloutPlan>().notNull(),
    /** Zero-based. */
    step: integer().notNull(),
    stepStartedAt: text("step_started_at").notNull(),
    /** Of the step's release. */
    generation: integer().notNull(),
    /** What the edge had counted when the step was first looked at; null until then. */
    baseline: text({ mode: "json" }).$type<Baseline>(),
    gateRun: integer("gate_run").notNull(),
    reason: text().notNull(),
    startedAt: text("started_at").notNull(),
    endedAt: text("ended_at"),
    ...by(),
  },
  (table) => [
    uniqueIndex("rollouts_one_active")
      .on(table.model)
      .where(sql`state IN ('running', 'paused')`),
    index("rollouts_by_model").on(table.model, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

export const rolloutEvents = sqliteTable(
  "rollout_events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    rolloutId: integer("rollout_id")
      .notNull()
      .references(() => rollouts.id),
    at: text().notNull(),
    kind: text({ enum: ROLLOUT_EVENTS }).notNull(),
    step: integer().notNull(),
    /** Of the release that it made; null when it made none. */
    generation: integer(),
    reason: text().notNull(),
    evidence: text({ mode: "json" }).$type<RolloutEvidence>(),
    ...by(),
  },
  (table) => [index("rollout_events_by_rollout").on(table.rolloutId, table.id)],
);

/** The newest row of a line is its policy; a null one switches automatic rollback off. */
export const releasePolicies = sqliteTable(
  "release_policies",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: text()
      .notNull()
      .references(() => models.name),
    policy: text({ mode: "json" }).$type<ReleasePolicy>(),
    reason: text().notNull(),
    at: text().notNull(),
    ...by(),
  },
  (table) => [index("release_policies_by_model").on(table.model, table.id)],
);

/** One promotion being watched, or what came of it. */
export const bakes = sqliteTable(
  "bakes",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: text().notNull(),
    number: integer().notNull(),
    /** Of the promotion. */
    generation: integer().notNull(),
    state: text({ enum: BAKE_STATES }).notNull(),
    startedAt: text("started_at").notNull(),
    endsAt: text("ends_at").notNull(),
    endedAt: text("ended_at"),
    baseline: text({ mode: "json" }).$type<BakeBaseline>(),
    text: text().notNull(),
    findings: text({ mode: "json" }).$type<Finding[]>().notNull(),
  },
  (table) => [
    uniqueIndex("bakes_one_a_promotion").on(table.model, table.generation),
    index("bakes_by_state").on(table.state),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);
