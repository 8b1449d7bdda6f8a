/**
 * The gates' tables, beside those of schema.ts: evaluation sets, policies, gate runs, sign-offs. All append-only, by trigger. Tables only,
 * no queries; docs/storage-schema.md says who writes and reads each.
 */
import { foreignKey, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EvaluationSpec } from "../evaluation/spec.ts";
import type { GatePolicy } from "../gates/policy.ts";
import { models, versions } from "./schema.ts";

const by = () => ({ actorTokenId: text("actor_token_id").notNull(), actorName: text("actor_name").notNull() });
const line = () =>
  text()
    .notNull()
    .references(() => models.name);
const versionKey = () => ({ model: text().notNull(), number: integer().notNull() });

export const evaluationSets = sqliteTable(
  "evaluation_sets",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: line(),
    name: text().notNull(),
    /** Of the file as it was sent; its name under `evaluation/` in EDGEWISE_DIRECTORY. */
    sha256: text().notNull(),
    bytes: integer().notNull(),
    /** How the file is read. */
    format: text({ enum: ["csv", "jsonl", "parquet"] }).notNull(),
    isGzipped: integer("is_gzipped", { mode: "boolean" }).notNull(),
    rows: integer().notNull(),
    labelledRows: integer("labelled_rows").notNull(),
    spec: text({ mode: "json" }).$type<EvaluationSpec>().notNull(),
    at: text().notNull(),
    ...by(),
  },
  (table) => [index("evaluation_sets_by_name").on(table.model, table.name, table.id)],
);

/** The newest row of a line is its policy; the rest is its history. */
export const gatePolicies = sqliteTable(
  "gate_policies",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: line(),
    policy: text({ mode: "json" }).$type<GatePolicy>().notNull(),
    reason: text().notNull(),
    at: text().notNull(),
    ...by(),
  },
  (table) => [index("gate_policies_by_model").on(table.model, table.id)],
);

export const gateRuns = sqliteTable(
  "gate_runs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...versionKey(),
    /** `run`: evidence was collected. `promotion`: what a promotion stood on. */
    act: text({ enum: ["run", "promotion"] }).notNull(),
    at: text().notNull(),
    /** Canonical JSON of the record (gates/gate-run.ts), as it was signed with the release key. */
    payload: text().notNull(),
    signature: text().notNull(),
  },
  (table) => [
    index("gate_runs_by_version").on(table.model, table.number, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

export const signOffs = sqliteTable(
  "sign_offs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...versionKey(),
    /** What was approved: these numbers and no others. */
    evidenceSha256: text("evidence_sha256").notNull(),
    note: text().notNull(),
    at: text().notNull(),
    ...by(),
  },
  (table) => [
    index("sign_offs_by_version").on(table.model, table.number, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);
