/**
 * Counts of one isolate: deltas since the last flush, and the flush itself. Pure but for the sender it is given.
 * A flush whose fate is unknown is sent again with the same sequence, and the shard applies it once; new counts wait for the next.
 */
import { FLUSH_SCHEMA, seriesText, type MetricFlush } from "../../contract/metric-flush.ts";
import type { EdgeCounterName, LabelsOf } from "../../contract/metric-names.ts";

/** An isolate dies without a word: at most what it counted in this time is lost with it. */
const FLUSH_INTERVAL_MS = 1000;
/** A send that has not ended after this long was cancelled with the request that carried it. */
const SEND_DEAD_MS = 35_000;

export interface FlushSender {
  (flush: MetricFlush): Promise<void>;
}

export class Recorder {
  readonly #isolate: string;
  readonly #seriesTexts = new Map<string, string>();
  #deltas = new Map<string, number>();
  #totals = new Map<string, number>();
  #unsent: MetricFlush | undefined;
  #sequence = 0;
  #sendingSinceMs: number | undefined;
  #lastSentMs = -Infinity;

  constructor(isolate: string) {
    this.#isolate = isolate;
  }

  add<Name extends EdgeCounterName>(name: Name, labels: LabelsOf<Name>, amount = 1): void {
    const key = this.#series(name, labels);
    this.#deltas.set(key, (this.#deltas.get(key) ?? 0) + amount);
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + amount);
  }

  /** Series text, made once per label set: the label values of one isolate are few. */
  #series(name: EdgeCounterName, labels: Readonly<Record<string, string>>): string {
    let id: string = name;
    for (const label in labels) id += `\u0000${labels[label]}`;
    const known = this.#seriesTexts.get(id);
    if (known !== undefined) return known;
    const text = seriesText(name, labels);
    this.#seriesTexts.set(id, text);
    return text;
  }

  /** What this isolate counted since it began, flushed or not. */
  totals(): Record<string, number> {
    return Object.fromEntries(this.#totals);
  }

  /** Whether there is something to send and nobody sending it. */
  isFlushDue(nowMs: number): boolean {
    if (this.#deltas.size === 0 && !this.#unsent) return false;
    if (this.#sendingSinceMs !== undefined && nowMs - this.#sendingSinceMs < SEND_DEAD_MS) return false;
    return nowMs - this.#lastSentMs >= FLUSH_INTERVAL_MS;
  }

  /** Sends at most one flush. Never throws: metrics must not fail a request. */
  async flush(nowMs: number, send: FlushSender): Promise<void> {
    if (!this.isFlushDue(nowMs)) return;
    this.#sendingSinceMs = nowMs;
    this.#lastSentMs = nowMs;
    if (!this.#unsent) {
      this.#unsent = { schema: FLUSH_SCHEMA, isolate: this.#isolate, sequence: this.#sequence++, counters: [...this.#deltas] };
      this.#deltas = new Map();
    }
    const sending = this.#unsent;
    try {
      await send(sending);
      if (this.#unsent === sending) this.#unsent = undefined;
    } catch {
      // Kept in #unsent: the next request sends it again.
    } finally {
      if (this.#sendingSinceMs === nowMs) this.#sendingSinceMs = undefined;
    }
  }
}
