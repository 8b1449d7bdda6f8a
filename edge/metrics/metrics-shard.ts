/**
 * MetricsShard: a Durable Object that adds up the flushes of many isolates. Cumulative counters and hourly drift windows in its SQLite; each flush
 * applied at most once by (isolate, sequence). Does not know what a counter means and does not sum over shards (the control plane does).
 */
import { DurableObject } from "cloudflare:workers";
import type { ShardWindows } from "../../contract/drift-window.ts";
import { METRIC_FLUSHES_PARKED_MAX, METRIC_FLUSH_PARKED_BYTES_MAX, METRIC_SERIES_PER_SHARD_MAX } from "../../contract/limits.ts";
import {
  foreignFlush,
  metricFlush,
  SHARD_METRICS_SCHEMA,
  type CurrentShardMetrics,
  type FlushOutcome,
  type MetricFlush,
} from "../../contract/metric-flush.ts";
import { seriesText } from "../../contract/series-text.ts";
import { WindowStore } from "../drift/window-store.ts";
import { AppliedFlushes } from "./applied-flushes.ts";

/** An isolate that has not reported for this long is gone, as far as anyone can tell. */
const ISOLATE_SEEN_MS = 5 * 60 * 1000;
const PRUNE_INTERVAL_MS = 60_000;
const DROPPED = seriesText("metrics_series_dropped_total", {});
const PARKED = seriesText("metrics_flushes_total", { outcome: "parked" });
const ROWS_DROPPED = seriesText("drift_rows_dropped_total", {});

type ParkedFlush = { isolate: string; sequence: number; flush: string; at_ms: number };

export class MetricsShard extends DurableObject<unknown> {
  readonly #sql: SqlStorage;
  readonly #applied: AppliedFlushes;
  readonly #windows: WindowStore;
  #prunedMs = -Infinity;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS counter (series TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS gauge (series TEXT NOT NULL, isolate TEXT NOT NULL, sequence INTEGER NOT NULL, value REAL NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (series, isolate)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS parked (isolate TEXT NOT NULL, sequence INTEGER NOT NULL, schema INTEGER NOT NULL, flush TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (isolate, sequence)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS shard (created_at TEXT NOT NULL);
    `);
    this.#applied = new AppliedFlushes(this.#sql);
    this.#windows = new WindowStore(this.#sql);
    if (this.#sql.exec("SELECT 1 FROM shard").toArray().length === 0) {
      this.#sql.exec("INSERT INTO shard VALUES (?)", new Date().toISOString());
    }
    this.#applyParked();
  }

  /** Adds a flush to the counters and windows, once. Throws on a malformed flush, having written nothing. */
  apply(flush: MetricFlush): FlushOutcome {
    const nowMs = Date.now();
    const foreign = foreignFlush.safeParse(flush);
    if (foreign.success) return this.ctx.storage.transactionSync(() => this.#park(foreign.data, nowMs));
    const parsed = metricFlush.parse(flush);
    return this.ctx.storage.transactionSync(() => this.#addOnce(parsed, nowMs));
  }

  /** The drift windows of the hours from `fromHour` on and before `toHour`. */
  readWindows(shard: number, fromHour: number, toHour: number): ShardWindows {
    return { schema: 1, shard, createdAt: this.#createdAt(), windows: this.#windows.read(fromHour, toHour) };
  }

  /** Everything that this shard has counted. */
  read(shard: number): CurrentShardMetrics {
    const seenSinceMs = Date.now() - ISOLATE_SEEN_MS;
    return {
      schema: SHARD_METRICS_SCHEMA,
      shard,
      createdAt: this.#createdAt(),
      counters: this.#sql
        .exec<{ series: string; value: number }>("SELECT series, value FROM counter ORDER BY series")
        .toArray()
        .map(({ series, value }) => [series, value]),
      gauges: this.#sql
        .exec<{ series: string; value: number }>(
          "SELECT series, max(value) AS value FROM gauge WHERE at_ms >= ? GROUP BY series",
          seenSinceMs,
        )
        .toArray()
        .map(({ series, value }) => [series, value]),
      isolates: this.#applied.isolatesSince(seenSinceMs),
    };
  }

  /** Within a transaction. */
  #addOnce(flush: MetricFlush, nowMs: number): FlushOutcome {
    const { isolate, sequence, counters } = flush;
    if (!this.#applied.note(isolate, sequence, nowMs)) return "repeated";
    this.#prune(nowMs);
    const room =
      METRIC_SERIES_PER_SHARD_MAX - this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM counter").one().count;
    for (const [series, delta] of counters) this.#add(series, delta, room > counters.length);
    if (flush.schema !== 1) for (const [series, value] of flush.gauges) this.#set(series, value, flush, nowMs);
    if (flush.schema === 3) {
      for (const delta of flush.windows) if (!this.#windows.add(delta, nowMs)) this.#insert(ROWS_DROPPED, delta.rows);
    }
    return "applied";
  }

  /**
   * A Worker that knows the schema of flushes that an older one parked adds them, once, as of when they came, and lets go of them. One at a time
   * in memory: together they may be larger than an isolate.
   */
  #applyParked(): void {
    for (
      let last: ParkedFlush | undefined = this.#parkedAfter("", -1);
      last;
      last = this.#parkedAfter(last.isolate, last.sequence)
    ) {
      const { isolate, sequence, flush, at_ms: cameMs } = last;
      const parsed = metricFlush.safeParse(JSON.parse(flush));
      if (!parsed.success) continue;
      this.ctx.storage.transactionSync(() => {
        this.#addOnce(parsed.data, cameMs);
        this.#sql.exec("DELETE FROM parked WHERE isolate = ? AND sequence = ?", isolate, sequence);
      });
    }
  }

  #parkedAfter(isolate: string, sequence: number): ParkedFlush | undefined {
    return this.#sql
      .exec<ParkedFlush>(
        "SELECT isolate, sequence, flush, at_ms FROM parked WHERE (isolate, sequence) > (?, ?) ORDER BY isolate, sequence LIMIT 1",
        isolate,
        sequence,
      )
      .toArray()[0];
  }

  #createdAt(): string {
    return this.#sql.exec<{ created_at: string }>("SELECT created_at FROM shard").one().created_at;
  }

  #add(series: string, delta: number, hasRoom: boolean): void {
    const updated = this.#sql.exec("UPDATE counter SET value = value + ? WHERE series = ?", delta, series).rowsWritten > 0;
    if (!updated) this.#insert(hasRoom ? series : DROPPED, delta);
  }

  #insert(series: string, delta: number): void {
    this.#sql.exec(
      "INSERT INTO counter VALUES (?, ?) ON CONFLICT (series) DO UPDATE SET value = value + excluded.value",
      series,
      delta,
    );
  }

  /** A flush that came late does not put an older value over a newer one. */
  #set(series: string, value: number, { isolate, sequence }: MetricFlush, nowMs: number): void {
    this.#sql.exec(
      "INSERT INTO gauge VALUES (?, ?, ?, ?, ?) ON CONFLICT (series, isolate) DO UPDATE SET sequence = excluded.sequence, value = excluded.value, at_ms = excluded.at_ms WHERE excluded.sequence > sequence",
      series,
      isolate,
      sequence,
      value,
      nowMs,
    );
  }

  /** Keeps a flush that a newer Worker sent, for a Worker that can read it; counted once, like any other. */
  #park(flush: { schema: number; [field: string]: unknown }, nowMs: number): FlushOutcome {
    const isolate = typeof flush["isolate"] === "string" ? flush["isolate"].slice(0, 64) : "";
    const sequence = Number.isSafeInteger(flush["sequence"]) ? (flush["sequence"] as number) : 0;
    const text = JSON.stringify(flush);
    const isKnown =
      this.#sql.exec("SELECT 1 FROM parked WHERE isolate = ? AND sequence = ?", isolate, sequence).toArray().length > 0;
    if (isKnown) return "repeated";
    const { count } = this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM parked").one();
    if (count < METRIC_FLUSHES_PARKED_MAX && text.length <= METRIC_FLUSH_PARKED_BYTES_MAX) {
      this.#sql.exec("INSERT INTO parked VALUES (?, ?, ?, ?, ?)", isolate, sequence, flush.schema, text, nowMs);
    }
    this.#insert(PARKED, 1);
    return "parked";
  }

  #prune(nowMs: number): void {
    if (nowMs - this.#prunedMs < PRUNE_INTERVAL_MS) return;
    this.#prunedMs = nowMs;
    this.#applied.prune(nowMs);
    this.#windows.prune(nowMs);
    this.#sql.exec("DELETE FROM gauge WHERE at_ms < ?", nowMs - ISOLATE_SEEN_MS);
  }
}
