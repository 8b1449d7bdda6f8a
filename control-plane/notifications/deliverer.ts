/**
 * Takes due notifications out of the registry and delivers them, again with backoff until they are taken or given up. All of its state is in the
 * registry, so it may be killed anywhere; a delivery may then come twice, with the same id.
 */
import { succeed } from "../../contract/result.ts";
import type { Registry } from "../registry/database.ts";
import { Signal } from "../releases/signal.ts";
import { dueNotifications, recordDelivery, type Attempt, type NotificationRow, type WebhookRow } from "./notification-records.ts";
import { postDelivery, type DeliveryFailure } from "./post-delivery.ts";
import { deliveryHeaders, webhookSecret } from "./signature.ts";

export interface DelivererOptions {
  registry: Registry;
  secretKey: string;
  isLoopbackAllowed: boolean;
  now: () => Date;
  random: () => number;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export interface Deliverer {
  /** There is a new notification. */
  wake(): void;
  /** Ends after the deliveries that are under way. */
  stop(): Promise<void>;
}

const PARALLEL_MAX = 8;
const IDLE_MS = 5_000;
/** About seven hours in all. */
export const ATTEMPTS_MAX = 14;
const BACKOFF_MS_FIRST = 1_000;
const BACKOFF_MS_MAX = 3_600_000;

/** Doubles from a second to an hour, of which a random half is taken away; never sooner than the receiver asked for. */
export function deliveryBackoffMs(attempts: number, random: () => number, retryAfterMs: number | null): number {
  const exponentialMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** Math.min(attempts, 20));
  return Math.max(exponentialMs * (1 - random() / 2), retryAfterMs ?? 0);
}

/** What becomes of a notification whose delivery failed after so many attempts before it. Pure. */
export function attemptAfter(
  { sentence, isFinal, retryAfterMs }: DeliveryFailure,
  attemptsBefore: number,
  now: Date,
  random: () => number,
): Attempt {
  if (isFinal || attemptsBefore + 1 >= ATTEMPTS_MAX) return { state: "given_up", error: sentence };
  const nextAttemptAt = new Date(now.getTime() + deliveryBackoffMs(attemptsBefore, random, retryAfterMs));
  return { state: "pending", error: sentence, nextAttemptAt };
}

export function startDeliverer({ registry, secretKey, isLoopbackAllowed, now, random, log }: DelivererOptions): Deliverer {
  const changed = new Signal();
  const stopping = new AbortController();

  async function deliver({ notification, webhook }: { notification: NotificationRow; webhook: WebhookRow }): Promise<void> {
    const { id, body, attempts, event } = notification;
    const headers = deliveryHeaders(webhookSecret(secretKey, webhook.id), id, now(), body);
    const posted = await postDelivery({ url: webhook.url, headers, body, isLoopbackAllowed });
    const attempt = posted.ok
      ? ({ state: "delivered", at: now() } as const)
      : attemptAfter(posted.failure, attempts, now(), random);
    const recorded = await registry.write(async (db) => succeed(await recordDelivery(db, id, attempt)));
    const fields = { webhook: webhook.name, delivery: id, event, attempt: attempts + 1 };
    if (!recorded.ok) log.warn({ ...fields, reason: recorded.failure.reason }, "a delivery was made and could not be noted");
    else if (posted.ok) log.info(fields, "notified");
    else log.warn({ ...fields, error: posted.failure.sentence, state: attempt.state }, "a webhook did not take its notification");
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const due = await registry
        .read((db) => dueNotifications(db, now(), PARALLEL_MAX))
        .catch((error: unknown) => {
          log.warn({ error: String(error) }, "the notifications could not be read");
          return [];
        });
      await Promise.all(
        due.map((one) => deliver(one).catch((error: unknown) => log.warn({ error: String(error) }, "a delivery failed"))),
      );
      if (due.length < PARALLEL_MAX && !stopping.signal.aborted) await changed.wait(IDLE_MS);
    }
  }
  const running = run();

  return {
    wake: () => changed.notify(),
    async stop() {
      stopping.abort();
      changed.notify();
      await running;
    },
  };
}
