/**
 * Opens the registry and guards every read and write against the ways in which a libSQL file can lose or refuse them
 * (libsql-client-ts#352: after one SQLITE_BUSY a connection acknowledges writes that never reach the file). No queries here.
 *
 * - Every write is one `write` transaction in one queue; nothing in it may wait for a network.
 * - After any BUSY the connections are thrown away before the next statement, then a bounded number of retries follows.
 * - Reads have their own client, so that throwing away the writer's connections never cuts a read short.
 */
import { createClient, type Client, type ResultSet } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fail, type Result } from "../../contract/result.ts";
import type { RegistryFailure } from "../failure.ts";
import { isBusy, registryFailureOf, RegistryFileReplaced } from "./registry-failure.ts";
import * as schema from "./schema.ts";
import { SerialQueue } from "../serial-queue.ts";

/** Reads work on the registry and within a write transaction alike. */
export type Queries = BaseSQLiteDatabase<"async", ResultSet, typeof schema>;

/** Wraps the work of every write transaction, within it. */
export type WriteGuard = <Outcome>(db: Queries, work: () => Promise<Outcome>) => Promise<Outcome>;

export interface RegistryOptions {
  url: string;
  authToken?: string | undefined;
  /** How long SQLite itself waits for the lock. That wait blocks the event loop, so it is short and the retries wait outside. */
  busyTimeoutMs?: number;
  busyRetriesMax?: number;
  guardWrite?: WriteGuard;
  /** Called after each committed write. */
  onCommitted?: () => void;
}

export interface Registry {
  /** Runs a read; retried after BUSY. Throws what is not BUSY. */
  read<Value>(query: (db: Queries) => Promise<Value>): Promise<Value>;
  /**
   * Runs `write` in a transaction of its own: committed when it succeeds, rolled back when it fails or throws. It may run again after a
   * BUSY, so it must have no effect outside the database that cannot be repeated. `undo` runs, still in the write's turn, when
   * it is certain that nothing was committed.
   */
  write<Value, Failure = never>(
    write: (db: Queries) => Promise<Result<Value, Failure>>,
    undo?: () => void,
  ): Promise<Result<Value, Failure | RegistryFailure>>;
  /** Runs a read on a client opened for it alone: what it sees is in the file, not in a connection. */
  readBack<Value>(query: (db: Queries) => Promise<Value>): Promise<Value>;
  /** Waits for queued writes, then closes. */
  close(): Promise<void>;
}

const BUSY_TIMEOUT_MS = 50;
const BUSY_RETRIES_MAX = 20;
const BUSY_PAUSE_MS_MAX = 250;
const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Opens the registry at `url`, creating the file and its directory if need be, and brings its tables up to date. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { url, busyTimeoutMs = BUSY_TIMEOUT_MS, busyRetriesMax = BUSY_RETRIES_MAX } = options;
  const path = filePathOf(url);
  if (path !== undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const connect = (): Client =>
    createClient({ url, timeout: busyTimeoutMs, ...(options.authToken === undefined ? {} : { authToken: options.authToken }) });
  const writer = connect();
  const reader = path === undefined ? writer : connect();
  const writerDb = drizzle(writer, { schema });
  const readerDb = drizzle(reader, { schema });
  // SQLite has one writer anyway; queueing here means that a write of ours never waits for another inside SQLite.
  const queue = new SerialQueue();

  async function retried<Value>(client: Client, run: () => Promise<Value>): Promise<Value> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (!isBusy(error)) throw error;
        client.reconnect();
        if (attempt >= busyRetriesMax) throw error;
      }
      await sleep(Math.min(BUSY_PAUSE_MS_MAX, 10 * 2 ** attempt));
    }
  }

  // Write-ahead log: readers and a backup never make a writer wait. It is a property of the file, so one connection may set it for all.
  if (path !== undefined) await retried(writer, () => writer.execute("PRAGMA journal_mode = WAL"));
  await retried(writer, () => migrate(writerDb, { migrationsFolder: MIGRATIONS }));
  const file = path === undefined ? undefined : { path, inode: statSync(path).ino };

  return {
    read: (query) => retried(reader, () => query(readerDb)),

    write: (write, undo) =>
      queue.run(async () => {
        try {
          if (file) assertSameFile(file);
          const result = await retried(writer, () => transact(writerDb, write, options.guardWrite));
          if (result.ok) options.onCommitted?.();
          else undo?.();
          return result;
        } catch (error) {
          const failure = registryFailureOf(error, busyRetriesMax + 1);
          // When the registry went away during a commit, nobody knows whether it was committed.
          if (failure?.reason !== "registry_unavailable") undo?.();
          if (failure) return fail(failure);
          throw error;
        }
      }),

    async readBack(query) {
      if (file === undefined) return query(writerDb);
      assertSameFile(file);
      const fresh = connect();
      try {
        return await retried(fresh, () => query(drizzle(fresh, { schema })));
      } finally {
        fresh.close();
      }
    },

    async close() {
      await queue.idle();
      writer.close();
      if (reader !== writer) reader.close();
    },
  };
}

// --- Not exported ---

/** Carries a failure out of drizzle's transaction, which rolls back only on a throw. */
class RolledBack extends Error {
  readonly result: { ok: false; failure: unknown };
  constructor(result: { ok: false; failure: unknown }) {
    super("rolled back");
    this.result = result;
  }
}

async function transact<Value, Failure>(
  db: ReturnType<typeof drizzle<typeof schema>>,
  write: (db: Queries) => Promise<Result<Value, Failure>>,
  guard: WriteGuard | undefined,
): Promise<Result<Value, Failure>> {
  try {
    // libSQL's client begins every transaction as BEGIN IMMEDIATE unless told otherwise: a read that is later upgraded could not be retried.
    return await db.transaction(async (transaction) => {
      const result = guard ? await guard(transaction, () => write(transaction)) : await write(transaction);
      if (!result.ok) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result as { ok: false; failure: Failure };
    throw error;
  }
}

function assertSameFile({ path, inode }: { path: string; inode: number }): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino !== inode)
    throw new RegistryFileReplaced("the registry file was deleted or replaced");
}

function filePathOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  return url.startsWith("file://") ? fileURLToPath(url) : url.slice("file:".length);
}
