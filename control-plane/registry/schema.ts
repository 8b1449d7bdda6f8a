/**
 * The registry's tables (docs/storage-schema.md says who writes and reads each). Tables only, no queries.
 * A change here goes with a new migration: `npm run migrate:generate`. Times are ISO 8601 in UTC, so text order is time order.
 */
import { sql } from "drizzle-orm";
import { foreignKey, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { INCIDENT_EVENTS, INCIDENT_STATUSES, SEVERITIES } from "../api/incident-schemas.ts";
import type { QualitySums } from "../../contract/quality-sums.ts";
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
    /** The gate run (gate-schema.ts) that let it into production; null where no gate was asked, as for a rollback. */
    gateRun: integer("gate_run"),
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

/** One group of alerts, from its first delivery until a person closes it. */
export const incidents = sqliteTable(
  "incidents",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** Alertmanager's name of the group. */
    groupKey: text("group_key").notNull(),
    title: text().notNull(),
    description: text().notNull(),
    status: text({ enum: INCIDENT_STATUSES }).notNull(),
    /** The highest seen. */
    severity: text({ enum: SEVERITIES }).notNull(),
    models: text({ mode: "json" }).$type<string[]>().notNull(),
    services: text({ mode: "json" }).$type<string[]>().notNull(),
    /** When the earliest of its alerts began; never after `openedAt`. */
    startedAt: text("started_at").notNull(),
    openedAt: text("opened_at").notNull(),
    /** From when on the timeline tells what else happened. */
    timelineFrom: text("timeline_from").notNull(),
    lastDeliveryAt: text("last_delivery_at").notNull(),
    /** Alerts that a delivery counted but did not list, at most. */
    alertsTruncated: integer("alerts_truncated").notNull(),
    resolvedAt: text("resolved_at"),
    closedAt: text("closed_at"),
    closedByName: text("closed_by_name"),
    summary: text(),
    cause: text(),
    actions: text({ mode: "json" }).$type<string[]>().notNull(),
    postMortemPath: text("post_mortem_path"),
  },
  (table) => [
    uniqueIndex("incidents_one_unclosed")
      .on(table.groupKey)
      .where(sql`status <> 'closed'`),
    index("incidents_by_group").on(table.groupKey, table.id),
    index("incidents_by_status").on(table.status, table.id),
  ],
);

/** One occurrence of an alert: the same labels firing again later is another. */
export const incidentAlerts = sqliteTable(
  "incident_alerts",
  {
    incidentId: integer("incident_id")
      .notNull()
      .references(() => incidents.id),
    fingerprint: text().notNull(),
    startsAt: text("starts_at").notNull(),
    status: text({ enum: ["firing", "resolved"] }).notNull(),
    endsAt: text("ends_at"),
    name: text().notNull(),
    severity: text({ enum: SEVERITIES }).notNull(),
    labels: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    annotations: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    receivedAt: text("received_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.incidentId, table.fingerprint, table.startsAt] }),
    index("incident_alerts_by_start").on(table.startsAt),
  ],
);

/** What happened to the incident itself. What happened around it is read from the tables that hold it. */
export const incidentEvents = sqliteTable(
  "incident_events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    incidentId: integer("incident_id")
      .notNull()
      .references(() => incidents.id),
    at: text().notNull(),
    kind: text({ enum: INCIDENT_EVENTS }).notNull(),
    text: text().notNull(),
    actorName: text("actor_name").notNull(),
  },
  (table) => [index("incident_events_by_incident").on(table.incidentId, table.id)],
);

/** One minute of the service as the control plane watched it. A minute without a row, or the part of it not watched, is unknown. */
export const slaMinutes = sqliteTable("sla_minutes", {
  /** Its start. */
  minute: text().primaryKey(),
  requests: integer().notNull(),
  errors: integer().notNull(),
  /** Requests by the upper bound in seconds of their latency bucket, `+Inf` the last; not cumulative, empty buckets left out. */
  latency: text({ mode: "json" }).$type<Record<string, number>>().notNull(),
  edgeUpSeconds: real("edge_up_seconds").notNull(),
  /** Time that the control plane was there to watch: what is known of this minute. */
  controlPlaneUpSeconds: real("control_plane_up_seconds").notNull(),
  scrapesSeen: integer("scrapes_seen").notNull(),
  scrapesMissed: integer("scrapes_missed").notNull(),
});

/** One hour of a version's scored predictions, as one ledger of the edge last told it. A ledger that began anew has rows of its own. */
export const liveQuality = sqliteTable(
  "live_quality",
  {
    ledger: integer().notNull(),
    /** The ledger's storage. */
    epoch: text().notNull(),
    ...versionKey(),
    /** Empty: no group was given. */
    group: text().notNull(),
    /** Of the prediction, its start. */
    hour: text().notNull(),
    revision: integer().notNull(),
    sums: text({ mode: "json" }).$type<QualitySums>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ledger, table.epoch, table.model, table.number, table.group, table.hour] }),
    index("live_quality_by_hour").on(table.model, table.hour),
  ],
);

const issuedKey = () => ({ ...versionKey(), group: text().notNull() });

/** Receipts issued in one hour as the control plane watched it, and how many of them are for a favourable prediction. */
export const liveReceipts = sqliteTable(
  "live_receipts",
  { ...issuedKey(), hour: text().notNull(), issued: integer().notNull(), favourable: integer().notNull() },
  (table) => [primaryKey({ columns: [table.model, table.number, table.group, table.hour] })],
);

/** The edge's counts of receipts when they were last added to `live_receipts`. */
export const liveReceiptMarks = sqliteTable(
  "live_receipt_marks",
  { ...issuedKey(), issued: integer().notNull(), favourable: integer().notNull() },
  (table) => [primaryKey({ columns: [table.model, table.number, table.group] })],
);
