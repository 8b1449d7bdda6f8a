/** Webhooks and what is to be sent to them. Tables only; docs/storage-schema.md says who writes and reads each. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const webhooks = sqliteTable("webhooks", {
  id: text().primaryKey(),
  name: text().notNull(),
  /** May be a secret in itself (Slack's are): shown only in part. */
  url: text().notNull(),
  format: text({ enum: ["edgewise", "slack"] }).notNull(),
  /** Acts of the audit log; `["*"]` is all that may be told. */
  events: text({ mode: "json" }).$type<string[]>().notNull(),
  createdAt: text("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  removedAt: text("removed_at"),
});

/** Written in the transaction of the act, so that no event is lost and none is told of what did not happen. */
export const notifications = sqliteTable(
  "notifications",
  {
    /** The delivery's id: the same on every attempt. */
    id: text().primaryKey(),
    webhookId: text("webhook_id")
      .notNull()
      .references(() => webhooks.id),
    event: text().notNull(),
    body: text().notNull(),
    state: text({ enum: ["pending", "delivered", "given_up"] }).notNull(),
    attempts: integer().notNull().default(0),
    lastError: text("last_error"),
    createdAt: text("created_at").notNull(),
    nextAttemptAt: text("next_attempt_at").notNull(),
    deliveredAt: text("delivered_at"),
  },
  (table) => [
    index("notifications_due").on(table.state, table.nextAttemptAt),
    index("notifications_by_webhook").on(table.webhookId, table.createdAt),
  ],
);
