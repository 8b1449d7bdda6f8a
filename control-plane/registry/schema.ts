/**
 * The registry's tables (docs/storage-schema.md says who writes and reads each). Tables only, no queries.
 * A change here goes with a new migration: `npm run migrate:generate`. Times are ISO 8601 in UTC, so text order is time order.
 */
import { sql } from "drizzle-orm";
import { foreignKey, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { ACTS, ROLES, STAGES, type VersionAnswer } from "../api/schemas.ts";

export const models = sqliteTable("models", {
  name: text().primaryKey(),
  createdAt: text("created_at").notNull(),
});

export const versions = sqliteTable(
  "versions",
  {
    model: text()
      .notNull()
      .references(() => models.name),
    /** 2 of `v2`. */
    number: integer().notNull(),
    stage: text({ enum: STAGES }).notNull(),
    description: text().notNull(),
    uploadedSha256: text("uploaded_sha256").notNull(),
    uploadedBytes: integer("uploaded_bytes").notNull(),
    artifactSha256: text("artifact_sha256").notNull(),
    artifactBytes: integer("artifact_bytes").notNull(),
    manifestSha256: text("manifest_sha256").notNull(),
    /** Canonical JSON of the manifest: the very bytes that are published. */
    manifestJson: text("manifest_json").notNull(),
    inspection: text({ mode: "json" }).$type<VersionAnswer["inspection"]>().notNull(),
    createdAt: text("created_at").notNull(),
    createdByTokenId: text("created_by_token_id").notNull(),
    createdByName: text("created_by_name").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.model, table.number] }),
    uniqueIndex("versions_uploaded_once").on(table.model, table.uploadedSha256),
    uniqueIndex("versions_one_production")
      .on(table.model)
      .where(sql`stage = 'production'`),
  ],
);

const versionKey = () => ({ model: text().notNull(), number: integer().notNull() });

export const versionTags = sqliteTable(
  "version_tags",
  { ...versionKey(), key: text().notNull(), value: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.model, table.number, table.key] }),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

export const versionMetrics = sqliteTable(
  "version_metrics",
  { ...versionKey(), name: text().notNull(), value: real().notNull() },
  (table) => [
    primaryKey({ columns: [table.model, table.number, table.name] }),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

/** The history: a promotion that archives another version is two rows with one generation. */
export const stageMoves = sqliteTable(
  "stage_moves",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...versionKey(),
    from: text({ enum: STAGES }),
    to: text({ enum: STAGES }).notNull(),
    act: text({ enum: ACTS }).notNull(),
    reason: text().notNull(),
    at: text().notNull(),
    actorTokenId: text("actor_token_id").notNull(),
    actorName: text("actor_name").notNull(),
    generation: integer(),
  },
  (table) => [
    index("stage_moves_by_model").on(table.model, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

export const releases = sqliteTable(
  "releases",
  {
    model: text()
      .notNull()
      .references(() => models.name),
    generation: integer().notNull(),
    /** Canonical JSON of the signed release: the very bytes that are published. */
    payload: text().notNull(),
    signature: text().notNull(),
    issuedAt: text("issued_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.model, table.generation] })],
);

/** Desired state of one KV key, written in the transaction that decided it. Later rows of a key supersede earlier ones. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    model: text()
      .notNull()
      .references(() => models.name),
    kvKey: text("kv_key").notNull(),
    /** Null: the key is to be deleted. */
    kvValue: text("kv_value"),
    generation: integer(),
    state: text({ enum: ["pending", "published", "superseded"] }).notNull(),
    attempts: integer().notNull().default(0),
    lastError: text("last_error"),
    createdAt: text("created_at").notNull(),
    publishedAt: text("published_at"),
  },
  (table) => [index("outbox_by_state").on(table.state, table.kvKey, table.id), index("outbox_by_key").on(table.kvKey, table.id)],
);

export const apiTokens = sqliteTable("api_tokens", {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text({ enum: ROLES }).notNull(),
  /** SHA-256 of the whole token, hex. */
  digest: text().notNull(),
  createdAt: text("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  expiresAt: text("expires_at"),
  lastUsedAt: text("last_used_at"),
  revokedAt: text("revoked_at"),
});

export const auditLog = sqliteTable(
  "audit_log",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    at: text().notNull(),
    actorTokenId: text("actor_token_id").notNull(),
    actorName: text("actor_name").notNull(),
    act: text().notNull(),
    model: text(),
    number: integer(),
    reason: text(),
    details: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    requestId: text("request_id").notNull(),
  },
  (table) => [index("audit_log_by_model").on(table.model, table.id)],
);
