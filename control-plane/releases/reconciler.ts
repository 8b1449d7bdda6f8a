/**
 * Takes pending rows out of the outbox until KV and R2 hold what the registry says: one row per key at a time, again and again with
 * backoff until it succeeds or a newer row supersedes it. The only writer of the edge's storage. All of its state is in the outbox, so it
 * may be killed anywhere; starting resumes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { succeed } from "../../contract/result.ts";
import type { Registry } from "../registry/database.ts";
import { backoffMs } from "./backoff.ts";
import { findOutboxRow, markPublished, pendingRows, recordAttempt, type OutboxRow } from "./outbox.ts";
import { publishFailureSentence, retryAfterMsOf } from "./publish-failure.ts";
import { publishRow, type PublishTools } from "./publish-row.ts";
import { Signal } from "./signal.ts";
import { WritePace } from "./write-pace.ts";

export interface ReconcilerOptions {
  registry: Registry;
  tools: Pick<PublishTools, "storage" | "key" | "artifactPath" | "manifestJson">;
  now: () => Date;
  random: () => number;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export interface Reconciler {
  /** There is a new row. */
  wake(): void;
  /** The row once it is published or superseded, or as it is after `waitMs`. */
  settled(id: number, waitMs: number): Promise<OutboxRow>;
  /** Ends after the steps that are under way, or after a while without them: whatever is cut off, the next start resumes. */
  stop(): Promise<void>;
}

/** Models published at the same time; the API's own limit is 1,200 calls in five minutes. */
const PARALLEL_MAX = 4;
const READ_BACK_PAUSE_MS = 100;
const STOP_WAIT_MS = 5_000;
/** Looks at the outbox without being woken, should a write have been committed by a request that was cut off before it could wake us. */
const IDLE_MS_MAX = 5_000;

export function startReconciler({ registry, tools, now, random, log }: ReconcilerOptions): Reconciler {
  const changed = new Signal();
  const stopping = new AbortController();
  const pace = new WritePace();
  const inFlight = new Map<string, Promise<void>>();
  const notBeforeMs = new Map<number, number>();
  let isResuming = true;

  const pause = (ms: number): Promise<boolean> => sleep(ms, true, { signal: stopping.signal }).catch(() => false);

  const publishTools: PublishTools = {
    ...tools,
    async mayWrite(row) {
      if (!(await pause(pace.waitMs(row.kvKey, now().getTime())))) return false;
      return (await registry.read((db) => findOutboxRow(db, row.id)))?.state === "pending";
    },
    wrote: (row) => pace.written(row.kvKey, now().getTime()),
    pause: (attempt) => pause(READ_BACK_PAUSE_MS * 2 ** attempt),
  };

  async function publish(row: OutboxRow): Promise<void> {
    const published = await publishRow(row, publishTools);
    const { model, kvKey: key, generation } = row;
    if (published.ok) {
      const marked = await registry.write(async (db) => succeed(await markPublished(db, row.id, now())));
      if (!marked.ok) return retryLater(row, `published, but the registry did not take note: ${marked.failure.reason}`, null);
      notBeforeMs.delete(row.id);
      log.info({ model, key, generation }, "published");
      return;
    }
    if (published.failure.reason === "given_up") return;
    const lastError = publishFailureSentence(published.failure);
    retryLater(row, lastError, retryAfterMsOf(published.failure));
    await registry.write(async (db) => succeed(await recordAttempt(db, row.id, lastError)));
  }

  function retryLater(row: OutboxRow, lastError: string, retryAfterMs: number | null): void {
    const waitMs = backoffMs(row.attempts, random, retryAfterMs);
    notBeforeMs.set(row.id, now().getTime() + waitMs);
    log.warn(
      { model: row.model, key: row.kvKey, attempt: row.attempts + 1, waitMs: Math.round(waitMs), lastError },
      "not published yet",
    );
  }

  function start(row: OutboxRow): void {
    const task = publish(row)
      .catch((error: unknown) => retryLater(row, String(error), null))
      .finally(() => {
        inFlight.delete(row.kvKey);
        changed.notify();
      });
    inFlight.set(row.kvKey, task);
  }

  /** Starts what is due; answers how long nothing will be. */
  async function step(): Promise<number> {
    const rows = await registry.read(pendingRows);
    // A kill may have come right after a write, so what is resumed waits its second.
    if (isResuming) for (const { kvKey } of rows) pace.written(kvKey, now().getTime());
    isResuming = false;
    let waitMs = IDLE_MS_MAX;
    for (const row of rows) {
      if (inFlight.has(row.kvKey) || inFlight.size >= PARALLEL_MAX) continue;
      const dueInMs = (notBeforeMs.get(row.id) ?? 0) - now().getTime();
      if (dueInMs <= 0) start(row);
      else waitMs = Math.min(waitMs, dueInMs);
    }
    return waitMs;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = await step().catch((error: unknown) => {
        log.warn({ error: String(error) }, "the outbox could not be read");
        return IDLE_MS_MAX;
      });
      await changed.wait(waitMs);
    }
    await Promise.race([Promise.all(inFlight.values()), sleep(STOP_WAIT_MS, undefined, { ref: false })]);
  }
  const running = run();

  return {
    wake: () => changed.notify(),
    async settled(id, waitMs) {
      const deadlineMs = now().getTime() + waitMs;
      for (;;) {
        const heard = changed.next();
        const row = await registry.read((db) => findOutboxRow(db, id));
        if (!row) throw new Error(`there is no outbox row ${id}`);
        const leftMs = deadlineMs - now().getTime();
        if (row.state !== "pending" || leftMs <= 0 || stopping.signal.aborted) return row;
        await Promise.race([heard, sleep(leftMs, undefined, { signal: stopping.signal }).catch(() => undefined)]);
      }
    },
    async stop() {
      stopping.abort();
      changed.notify();
      await running;
    },
  };
}
