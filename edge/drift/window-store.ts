/**
 * The drift windows of a shard in its SQLite: adding to them, reading them, forgetting them. That a flush is added once is the shard's business
 * (metrics-shard.ts calls this within its transaction); what a bin means is the reference's.
 */
import { hourOf, type ShardWindow, type WindowDelta } from "../../contract/drift-window.ts";
import { DRIFT_WINDOW_KEPT_HOURS, DRIFT_WINDOWS_PER_SHARD_MAX } from "../../contract/limits.ts";

/** An isolate's clock may be this far ahead of its shard's. */
const HOURS_AHEAD_MAX = 1;

export class WindowStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS drift_window (hour INTEGER NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL, manifest TEXT NOT NULL, region TEXT NOT NULL, rows INTEGER NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (hour, model, version, manifest, region)) WITHOUT ROWID;
    `);
  }

  /** Adds a delta to its window; false when the window can no longer or not yet be kept, or there is no room for another. */
  add(delta: WindowDelta, nowMs: number): boolean {
    const { hour, model, version, manifest, region } = delta;
    const nowHour = hourOf(nowMs);
    if (!(hour > nowHour - DRIFT_WINDOW_KEPT_HOURS && hour <= nowHour + HOURS_AHEAD_MAX)) return false;
    const key = [hour, model, version, manifest, region] as const;
    const [known] = this.#sql
      .exec<{ rows: number; counts: string }>(
        "SELECT rows, counts FROM drift_window WHERE hour = ? AND model = ? AND version = ? AND manifest = ? AND region = ?",
        ...key,
      )
      .toArray();
    if (!known && !this.#hasRoom()) return false;
    const counts = withGains(known ? (JSON.parse(known.counts) as number[]) : [], delta.gains);
    this.#sql.exec(
      "INSERT INTO drift_window VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = excluded.rows, counts = excluded.counts",
      ...key,
      (known?.rows ?? 0) + delta.rows,
      JSON.stringify(counts),
    );
    return true;
  }

  /** The windows of the hours from `fromHour` on and before `toHour`. */
  read(fromHour: number, toHour: number): ShardWindow[] {
    return this.#sql
      .exec<Omit<ShardWindow, "counts"> & { counts: string }>(
        "SELECT model, version, manifest, region, hour, rows, counts FROM drift_window WHERE hour >= ? AND hour < ? ORDER BY hour, model, version, manifest, region",
        fromHour,
        toHour,
      )
      .toArray()
      .map((row) => ({ ...row, counts: JSON.parse(row.counts) as number[] }));
  }

  prune(nowMs: number): void {
    this.#sql.exec("DELETE FROM drift_window WHERE hour <= ?", hourOf(nowMs) - DRIFT_WINDOW_KEPT_HOURS);
  }

  #hasRoom(): boolean {
    return (
      this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM drift_window").one().count < DRIFT_WINDOWS_PER_SHARD_MAX
    );
  }
}

/** `counts` grown by pairs of bin and gain. Bins after its end were 0. */
function withGains(counts: number[], gains: readonly number[]): number[] {
  for (let at = 0; at + 1 < gains.length; at += 2) {
    const bin = gains[at] as number;
    while (counts.length <= bin) counts.push(0);
    counts[bin] = (counts[bin] as number) + (gains[at + 1] as number);
  }
  return counts;
}
