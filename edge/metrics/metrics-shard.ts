/**
 * MetricsShard: a Durable Object that adds up the flushes of many isolates. Cumulative counters in its SQLite; each flush applied at most
 * once by (isolate, sequence). Does not know what a counter means and does not sum over shards (the control plane does).
 */
import { DurableObject } from "cloudflare:workers";
import { FLUSH_SCHEMA, metricFlush, type MetricFlush, type ShardMetrics } from "../../contract/metric-flush.ts";
import type { Env } from "../env.ts";

/** A flush cannot arrive later than this: the isolate that would send it is long gone. */
const APPLIED_KEPT_MS = 24 * 3600 * 1000;
/** A shard keeps at most this many series; what comes later is counted under `metrics_series_dropped_total`. */
const SERIES_MAX = 10_000;

export class MetricsShard extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS counter (series TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS applied (isolate TEXT NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (isolate, sequence)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS shard (created_at TEXT NOT NULL);
    `);
    if (this.#sql.exec("SELECT 1 FROM shard").toArray().length === 0) {
      this.#sql.exec("INSERT INTO shard VALUES (?)", new Date().toISOString());
    }
  }

  /** Adds a flush to the counters. Answers false when it was applied before. Throws on a malformed flush, having written nothing. */
  apply(flush: MetricFlush): boolean {
    const { isolate, sequence, counters } = metricFlush.parse(flush);
    const nowMs = Date.now();
    return this.ctx.storage.transactionSync(() => {
      const fresh = this.#sql.exec("INSERT OR IGNORE INTO applied VALUES (?, ?, ?)", isolate, sequence, nowMs).rowsWritten > 0;
      if (!fresh) return false;
      this.#sql.exec("DELETE FROM applied WHERE at_ms < ?", nowMs - APPLIED_KEPT_MS);
      const room = SERIES_MAX - this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM counter").one().count;
      for (const [series, delta] of counters) this.#add(series, delta, room > counters.length);
      return true;
    });
  }

  /** Everything that this shard has counted. */
  read(shard: number): ShardMetrics {
    return {
      schema: FLUSH_SCHEMA,
      shard,
      createdAt: this.#sql.exec<{ created_at: string }>("SELECT created_at FROM shard").one().created_at,
      counters: this.#sql
        .exec<{ series: string; value: number }>("SELECT series, value FROM counter ORDER BY series")
        .toArray()
        .map(({ series, value }) => [series, value]),
      isolates: this.#sql.exec<{ count: number }>("SELECT count(DISTINCT isolate) AS count FROM applied").one().count,
    };
  }

  #add(series: string, delta: number, hasRoom: boolean): void {
    const updated = this.#sql.exec("UPDATE counter SET value = value + ? WHERE series = ?", delta, series).rowsWritten > 0;
    if (updated) return;
    const key = hasRoom ? series : "metrics_series_dropped_total";
    this.#sql.exec(
      "INSERT INTO counter VALUES (?, ?) ON CONFLICT (series) DO UPDATE SET value = value + excluded.value",
      key,
      delta,
    );
  }
}
