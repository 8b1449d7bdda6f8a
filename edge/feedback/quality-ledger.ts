/**
 * QualityLedger: a Durable Object that counts each receipt once and adds its outcome to the hour of its prediction, both in one transaction of
 * its SQLite. Receipts are spread over the ledgers by their id, so that one id always meets the same memory. It trusts what it is told: signatures
 * are checked in the isolate that took the truth (feedback.ts).
 */
import { DurableObject } from "cloudflare:workers";
import { LEDGER_PAGE_ROWS_MAX, type LedgerHour, type LedgerReading } from "../../contract/quality-ledger.ts";
import { addOutcome, emptyQuality, qualitySums, type Outcome, type QualitySums } from "../../contract/quality-sums.ts";

/** A receipt whose signature was good, with its truth. */
export interface Claim {
  /** Of the receipt, 12 bytes. */
  id: Uint8Array;
  model: string;
  version: string;
  group: number | undefined;
  issuedSeconds: number;
  expiresSeconds: number;
  scored: ScoredClaim;
}

type ScoredClaim = Outcome extends infer Whole ? (Whole extends Outcome ? Omit<Whole, "delaySeconds"> : never) : never;

export type ClaimOutcome = "counted" | "repeated" | "expired" | "late";

const HOUR_SECONDS = 3600;
/** An hour's sums stay here this long after the hour has closed: the control plane may be away for that long and miss nothing. */
const CLOSED_KEPT_HOURS = 90 * 24;
const PRUNE_INTERVAL_MS = 60_000;
/** Ids are forgotten only well after they have expired by this object's clock: after a move to another machine it may be a little behind. */
const EXPIRED_KEPT_HOURS = 1;

export class QualityLedger extends DurableObject<unknown> {
  readonly #sql: SqlStorage;
  #prunedMs = -Infinity;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS counted (expires_hour INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (expires_hour, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS hour (model TEXT NOT NULL, version TEXT NOT NULL, grp INTEGER NOT NULL, hour INTEGER NOT NULL, revision INTEGER NOT NULL, sums TEXT NOT NULL, PRIMARY KEY (model, version, grp, hour)) WITHOUT ROWID;
      CREATE UNIQUE INDEX IF NOT EXISTS hour_by_revision ON hour (revision);
      CREATE TABLE IF NOT EXISTS ledger (epoch TEXT NOT NULL, revision INTEGER NOT NULL, floor_hour INTEGER NOT NULL);
    `);
    if (this.#sql.exec("SELECT 1 FROM ledger").toArray().length === 0) {
      this.#sql.exec("INSERT INTO ledger VALUES (?, 0, 0)", crypto.randomUUID().replaceAll("-", "").slice(0, 16));
    }
  }

  /** What became of each claim, in order. An hour takes no more truth once `windowHours` have passed since its end. */
  count(claims: readonly Claim[], windowHours: number): ClaimOutcome[] {
    const nowMs = Date.now();
    return this.ctx.storage.transactionSync(() => {
      this.#prune(nowMs, windowHours);
      const changed: Changed = new Map();
      const { floor } = this.#sql.exec<{ floor: number }>("SELECT floor_hour AS floor FROM ledger").one();
      const outcomes = claims.map((claim) => this.#take(claim, { nowSeconds: nowMs / 1000, windowHours, floor }, changed));
      for (const { key, sums } of changed.values()) this.#write(key, sums);
      return outcomes;
    });
  }

  /** The hours that changed after the place of `since` that is in this very storage; all from the first on where none is. */
  read(ledger: number, since: readonly { epoch: string; revision: number }[]): LedgerReading {
    const { epoch } = this.#sql.exec<{ epoch: string }>("SELECT epoch FROM ledger").one();
    const from = since.find((place) => place.epoch === epoch)?.revision ?? 0;
    const rows = this.#sql
      .exec<{ model: string; version: string; grp: number; hour: number; revision: number; sums: string }>(
        "SELECT model, version, grp, hour, revision, sums FROM hour WHERE revision > ? ORDER BY revision LIMIT ?",
        from,
        LEDGER_PAGE_ROWS_MAX + 1,
      )
      .toArray();
    const hours = rows.slice(0, LEDGER_PAGE_ROWS_MAX).map(({ model, version, grp, hour, revision, sums }): LedgerHour => ({
      model,
      version,
      group: grp === NO_GROUP ? null : grp,
      hour: new Date(hour * HOUR_SECONDS * 1000).toISOString(),
      revision,
      sums: qualitySums.parse(JSON.parse(sums)),
    }));
    return { schema: 1, ledger, epoch, hours, hasMore: rows.length > LEDGER_PAGE_ROWS_MAX };
  }

  #take(claim: Claim, { nowSeconds, windowHours, floor }: Terms, changed: Changed): ClaimOutcome {
    const { id, model, version, group, issuedSeconds, expiresSeconds, scored } = claim;
    // Again here, where ids are forgotten by the same clock.
    if (!(nowSeconds < expiresSeconds)) return "expired";
    const hour = Math.floor(issuedSeconds / HOUR_SECONDS);
    // Below the floor hours were deleted, and one that began anew would tell less than what was told of it before.
    if (!(nowSeconds < closesAtSeconds(hour, windowHours)) || hour < floor) return "late";
    const expiresHour = Math.ceil(expiresSeconds / HOUR_SECONDS);
    const isNew = this.#sql.exec("INSERT OR IGNORE INTO counted VALUES (?, ?)", expiresHour, id).rowsWritten > 0;
    if (!isNew) return "repeated";
    const key: HourKey = { model, version, grp: group ?? NO_GROUP, hour };
    const name = `${model} ${version} ${key.grp} ${hour}`;
    const entry = changed.get(name) ?? { key, sums: this.#sums(key) };
    changed.set(name, entry);
    addOutcome(entry.sums, { ...scored, delaySeconds: nowSeconds - issuedSeconds });
    return "counted";
  }

  #sums({ model, version, grp, hour }: HourKey): QualitySums {
    const [row] = this.#sql
      .exec<{ sums: string }>(
        "SELECT sums FROM hour WHERE model = ? AND version = ? AND grp = ? AND hour = ?",
        model,
        version,
        grp,
        hour,
      )
      .toArray();
    return row ? qualitySums.parse(JSON.parse(row.sums)) : emptyQuality();
  }

  /** Each write of a row takes the next revision, so that a reader who has one has all before it. */
  #write({ model, version, grp, hour }: HourKey, sums: QualitySums): void {
    const { revision } = this.#sql
      .exec<{ revision: number }>("UPDATE ledger SET revision = revision + 1 RETURNING revision")
      .one();
    this.#sql.exec(
      "INSERT INTO hour VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (model, version, grp, hour) DO UPDATE SET revision = excluded.revision, sums = excluded.sums",
      model,
      version,
      grp,
      hour,
      revision,
      JSON.stringify(sums),
    );
  }

  #prune(nowMs: number, windowHours: number): void {
    if (nowMs - this.#prunedMs < PRUNE_INTERVAL_MS) return;
    this.#prunedMs = nowMs;
    const hour = Math.floor(nowMs / 1000 / HOUR_SECONDS);
    this.#sql.exec("DELETE FROM counted WHERE expires_hour < ?", hour - EXPIRED_KEPT_HOURS);
    const floor = hour - windowHours - CLOSED_KEPT_HOURS;
    this.#sql.exec("UPDATE ledger SET floor_hour = max(floor_hour, ?)", floor);
    this.#sql.exec("DELETE FROM hour WHERE hour < ?", floor);
  }
}

interface HourKey {
  model: string;
  version: string;
  grp: number;
  /** Hours since 1970. */
  hour: number;
}

type Changed = Map<string, { key: HourKey; sums: QualitySums }>;

interface Terms {
  nowSeconds: number;
  windowHours: number;
  /** The first hour that is not deleted. */
  floor: number;
}

const NO_GROUP = -1;

const closesAtSeconds = (hour: number, windowHours: number): number => (hour + 1 + windowHours) * HOUR_SECONDS;
