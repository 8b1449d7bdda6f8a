/**
 * Which flushes a shard has applied: per isolate the sequence below which all were, and the few above it that came out of order. So the
 * memory of a day is a row per isolate and not a row per flush. SQL only; what a flush holds is the shard's business.
 */

/** A flush cannot arrive later than this: the isolate that would send it is long gone. */
const APPLIED_KEPT_MS = 24 * 3600 * 1000;

export class AppliedFlushes {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS applied (isolate TEXT NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (isolate, sequence)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS applied_by_time ON applied (at_ms);
      CREATE TABLE IF NOT EXISTS isolate (isolate TEXT PRIMARY KEY, applied_below INTEGER NOT NULL, seen_ms INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS isolate_by_time ON isolate (seen_ms);
    `);
  }

  /** Notes a flush as applied; false when it was already. */
  note(isolate: string, sequence: number, nowMs: number): boolean {
    const [row] = this.#sql
      .exec<{ below: number }>("SELECT applied_below AS below FROM isolate WHERE isolate = ?", isolate)
      .toArray();
    const below = row?.below ?? 0;
    if (sequence < below) return false;
    if (this.#sql.exec("INSERT OR IGNORE INTO applied VALUES (?, ?, ?)", isolate, sequence, nowMs).rowsWritten === 0)
      return false;
    let next = below;
    while (this.#sql.exec("DELETE FROM applied WHERE isolate = ? AND sequence = ?", isolate, next).rowsWritten > 0) next++;
    this.#sql.exec(
      "INSERT INTO isolate VALUES (?, ?, ?) ON CONFLICT (isolate) DO UPDATE SET applied_below = excluded.applied_below, seen_ms = excluded.seen_ms",
      isolate,
      next,
      nowMs,
    );
    return true;
  }

  isolatesSince(sinceMs: number): number {
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM isolate WHERE seen_ms >= ?", sinceMs).one().count;
  }

  /** Forgets what is too old to come again. */
  prune(nowMs: number): void {
    this.#sql.exec("DELETE FROM applied WHERE at_ms < ?", nowMs - APPLIED_KEPT_MS);
    this.#sql.exec("DELETE FROM isolate WHERE seen_ms < ?", nowMs - APPLIED_KEPT_MS);
  }
}
