/** Webhooks and notifications in the registry. Queries only. */
import { and, asc, desc, eq, isNull, lte, sql } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { WebhookAnswer, WebhookBody } from "../api/webhook-schemas.ts";
import type { AuditLogRow } from "../audit/audit-chain.ts";
import type { WebhookFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { notifications, webhooks } from "../registry/notification-schema.ts";
import { eventBody, isTold, isWanted, slackBody } from "./event.ts";

export type WebhookRow = typeof webhooks.$inferSelect;
export type NotificationRow = typeof notifications.$inferSelect;

/** Puts the events of a transaction into the outbox, within it. */
export async function enqueueEvents(db: Queries, rows: readonly AuditLogRow[], newId: () => string): Promise<number> {
  const told = rows.filter(isTold);
  if (told.length === 0) return 0;
  const listeners = await db.select().from(webhooks).where(isNull(webhooks.removedAt));
  let enqueued = 0;
  for (const row of told) {
    for (const webhook of listeners.filter(({ events }) => isWanted(events, row))) {
      await enqueue(db, webhook, row, newId());
      enqueued++;
    }
  }
  return enqueued;
}

export async function enqueue(db: Queries, { id: webhookId, format }: WebhookRow, row: AuditLogRow, id: string): Promise<void> {
  const body = format === "slack" ? slackBody(row) : eventBody(row);
  await db
    .insert(notifications)
    .values({ id, webhookId, event: row.act, body, state: "pending", createdAt: row.at, nextAttemptAt: row.at });
}

export async function dueNotifications(
  db: Queries,
  now: Date,
  limit: number,
): Promise<{ notification: NotificationRow; webhook: WebhookRow }[]> {
  const rows = await db
    .select()
    .from(notifications)
    .innerJoin(webhooks, eq(webhooks.id, notifications.webhookId))
    .where(and(eq(notifications.state, "pending"), lte(notifications.nextAttemptAt, now.toISOString())))
    .orderBy(asc(notifications.nextAttemptAt))
    .limit(limit);
  return rows.map(({ notifications: notification, webhooks: webhook }) => ({ notification, webhook }));
}

export type Attempt =
  | { state: "delivered"; at: Date }
  | { state: "given_up"; error: string }
  | { state: "pending"; error: string; nextAttemptAt: Date };

export async function recordDelivery(db: Queries, id: string, attempt: Attempt): Promise<void> {
  const outcome =
    attempt.state === "delivered"
      ? { lastError: null, deliveredAt: attempt.at.toISOString() }
      : {
          lastError: attempt.error,
          ...(attempt.state === "pending" ? { nextAttemptAt: attempt.nextAttemptAt.toISOString() } : {}),
        };
  await db
    .update(notifications)
    .set({ state: attempt.state, attempts: sql`${notifications.attempts} + 1`, ...outcome })
    .where(eq(notifications.id, id));
}

export async function addWebhook(db: Queries, context: ActContext, id: string, wanted: WebhookBody): Promise<WebhookRow> {
  const { name, url, format, events } = wanted;
  const createdAt = context.now.toISOString();
  const row: WebhookRow = { id, name, url, format, events, createdAt, createdBy: context.actor.name, removedAt: null };
  await db.insert(webhooks).values(row);
  await appendAudit(db, context, { act: "webhook_add", details: { id, name, format, events, host: new URL(url).host } });
  return row;
}

export async function findWebhook(db: Queries, id: string): Promise<Result<WebhookRow, WebhookFailure>> {
  const [row] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), isNull(webhooks.removedAt)));
  return row ? succeed(row) : fail({ reason: "webhook_unknown", id });
}

/** What is still to be sent to it is given up. */
export async function removeWebhook(db: Queries, context: ActContext, id: string): Promise<Result<WebhookRow, WebhookFailure>> {
  const found = await findWebhook(db, id);
  if (!found.ok) return found;
  const removedAt = context.now.toISOString();
  await db.update(webhooks).set({ removedAt }).where(eq(webhooks.id, id));
  await db
    .update(notifications)
    .set({ state: "given_up", lastError: "the webhook was removed" })
    .where(and(eq(notifications.webhookId, id), eq(notifications.state, "pending")));
  await appendAudit(db, context, { act: "webhook_remove", details: { id, name: found.value.name } });
  return succeed({ ...found.value, removedAt });
}

/** With how its newest deliveries went. */
export async function listWebhooks(db: Queries): Promise<WebhookAnswer[]> {
  const rows = await db.select().from(webhooks).where(isNull(webhooks.removedAt)).orderBy(asc(webhooks.createdAt));
  return Promise.all(rows.map((row) => describeWebhook(db, row)));
}

export async function describeWebhook(db: Queries, { removedAt: _, url, ...row }: WebhookRow): Promise<WebhookAnswer> {
  const newest = await db
    .select()
    .from(notifications)
    .where(eq(notifications.webhookId, row.id))
    .orderBy(desc(notifications.createdAt))
    .limit(20);
  const deliveries = newest.map(({ id, event, state, attempts, lastError, createdAt, deliveredAt }) => ({
    id,
    event,
    state,
    attempts,
    lastError,
    createdAt,
    deliveredAt,
  }));
  return { ...row, url: shownUrl(url), deliveries };
}

/** Only where it goes: the path of a Slack webhook is a secret. */
const shownUrl = (url: string): string => `${new URL(url).origin}/…`;
