/**
 * Counts of one isolate: deltas since the last flush, and the flush itself. Pure but for the sender it is given.
 * A flush whose fate is unknown is sent again with the same sequence, and the shard applies it once; new counts wait for the next.
 */
import type { WindowDelta } from "../../contract/drift-window.ts";
import { METRIC_SERIES_PER_ISOLATE_MAX } from "../../contract/limits.ts";
import { FLUSH_SCHEMA, type CurrentFlush } from "../../contract/metric-flush.ts";
import { EDGE_BUCKETS, type EdgeCounterName, type EdgeHistogramName, type LabelsOf } from "../../contract/metric-names.ts";
import { seriesText } from "../../contract/series-text.ts";
import { Histogram } from "./histogram.ts";

/** An isolate dies without a word: at most what it counted in this time, and what it could not send, is lost with it. */
export const FLUSH_INTERVAL_MS = 1000;
/** A send that has not ended after this long was cancelled with the request that carried it. */
const SEND_DEAD_MS = 35_000;
/** Label value of what is beyond the closed set. */
const OTHER = "other";
const SENT = seriesText("metrics_flushes_total", { outcome: "sent" });
const RETRIED = seriesText("metrics_flushes_total", { outcome: "retried" });

export interface FlushSender {
  (flush: CurrentFlush): Promise<void>;
}

interface Counter {
  text: string;
  delta: number;
  total: number;
}

export class Recorder {
  readonly #isolate: string;
  readonly #gauges: () => [string, number][];
  readonly #windows: () => WindowDelta[];
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  #histogramSeries = 0;
  /** What changed since the last flush was made. */
  #changed: (Counter | Histogram)[] = [];
  #unsent: CurrentFlush | undefined;
  #retries = 0;
  #sequence = 0;
  #sendingSinceMs: number | undefined;
  #lastSentMs = -Infinity;
  #tailDueMs = -Infinity;

  /**
   * Both are read when a flush is made: `gauges` for series text and value of what the isolate measures of itself, `windows` for what its rows
   * added to the drift windows since the flush before.
   */
  constructor(isolate: string, gauges: () => [string, number][] = () => [], windows: () => WindowDelta[] = () => []) {
    this.#isolate = isolate;
    this.#gauges = gauges;
    this.#windows = windows;
  }

  add<Name extends EdgeCounterName>(name: Name, labels: LabelsOf<Name>, amount = 1): void {
    const counter = this.#counter(name, labels);
    if (counter.delta === 0 && amount > 0) this.#changed.push(counter);
    counter.delta += amount;
    counter.total += amount;
  }

  observe<Name extends EdgeHistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const histogram = this.#histogram(name, labels);
    if (!histogram.isChanged) this.#changed.push(histogram);
    histogram.observe(value);
  }

  /** What this isolate counted since it began, flushed or not. */
  totals(): Record<string, number> {
    return Object.fromEntries([...this.#counters.values()].map(({ text, total }) => [text, total]));
  }

  /** Whether there is something to send and nobody sending it. */
  isFlushDue(nowMs: number): boolean {
    return this.#hasSomethingToSend(nowMs) && nowMs - this.#lastSentMs >= FLUSH_INTERVAL_MS;
  }

  /**
   * How long the request that asks must wait to carry the next flush, when no other waits for it already: after the last request of a burst
   * somebody must send what it counted. Undefined: nothing to do.
   */
  claimTail(nowMs: number): number | undefined {
    if (!this.#hasSomethingToSend(nowMs)) return undefined;
    // Claimed, unless whoever claimed it is long overdue: it was ended with its request.
    if (this.#tailDueMs > nowMs - FLUSH_INTERVAL_MS) return undefined;
    this.#tailDueMs = Math.max(nowMs, this.#lastSentMs + FLUSH_INTERVAL_MS);
    return this.#tailDueMs - nowMs;
  }

  /** Sends at most one flush. Never throws: metrics must not fail a request. */
  async flush(nowMs: number, send: FlushSender): Promise<void> {
    if (!this.isFlushDue(nowMs)) return;
    this.#sendingSinceMs = nowMs;
    this.#lastSentMs = nowMs;
    this.#tailDueMs = -Infinity;
    if (this.#unsent) this.#retries += 1;
    const sending = (this.#unsent ??= this.#makeFlush());
    try {
      await send(sending);
      if (this.#unsent === sending) this.#unsent = undefined;
    } catch {
      // Kept in #unsent: a later request sends it again.
    } finally {
      if (this.#sendingSinceMs === nowMs) this.#sendingSinceMs = undefined;
    }
  }

  #hasSomethingToSend(nowMs: number): boolean {
    if (this.#changed.length === 0 && !this.#unsent) return false;
    return this.#sendingSinceMs === undefined || nowMs - this.#sendingSinceMs >= SEND_DEAD_MS;
  }

  #makeFlush(): CurrentFlush {
    const counters: [string, number][] = [];
    for (const changed of this.#changed) {
      if (changed instanceof Histogram) changed.drainInto(counters);
      else {
        counters.push([changed.text, changed.delta]);
        changed.delta = 0;
      }
    }
    this.#changed = [];
    // A flush counts itself, so that it is counted exactly when it is applied, and no flush is owed for the counting of one.
    counters.push([SENT, 1]);
    if (this.#retries > 0) counters.push([RETRIED, this.#retries]);
    this.#retries = 0;
    return {
      schema: FLUSH_SCHEMA,
      isolate: this.#isolate,
      sequence: this.#sequence++,
      counters,
      gauges: this.#gauges(),
      windows: this.#windows(),
    };
  }

  /** Text and labels are put together once per label set: those of one isolate are few. */
  #counter(name: EdgeCounterName, labels: Readonly<Record<string, string>>): Counter {
    const id = seriesId(name, labels);
    const known = this.#counters.get(id);
    if (known) return known;
    const isFolded = this.#isFull() && !isAllOther(labels);
    if (isFolded) {
      this.add("metrics_series_dropped_total", {});
      return this.#counter(name, allOther(labels));
    }
    const made = { text: seriesText(name, labels), delta: 0, total: 0 };
    this.#counters.set(id, made);
    return made;
  }

  #histogram(name: EdgeHistogramName, labels: Readonly<Record<string, string>>): Histogram {
    const id = seriesId(name, labels);
    const known = this.#histograms.get(id);
    if (known) return known;
    if (this.#isFull() && !isAllOther(labels)) {
      this.add("metrics_series_dropped_total", {});
      return this.#histogram(name, allOther(labels));
    }
    const bounds = EDGE_BUCKETS[name];
    const made = new Histogram(name, labels, bounds);
    this.#histograms.set(id, made);
    this.#histogramSeries += bounds.length + 3;
    return made;
  }

  /** A histogram is as many series as it has buckets, and its sum and count. */
  #isFull(): boolean {
    return this.#counters.size + this.#histogramSeries >= METRIC_SERIES_PER_ISOLATE_MAX;
  }
}

function seriesId(name: string, labels: Readonly<Record<string, string>>): string {
  let id = name;
  for (const label in labels) id += `\u0000${labels[label]}`;
  return id;
}

const allOther = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER]));

const isAllOther = (labels: Readonly<Record<string, string>>): boolean => Object.values(labels).every((value) => value === OTHER);
