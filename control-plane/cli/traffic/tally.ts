/** What became of each request: counts by status, version, generation and error, latencies of the last seconds and in all. No I/O. */
import { emptyHistogram, mergedHistogram, percentileMs, recordLatency, type LatencyHistogram } from "./latency-histogram.ts";

const WINDOW_SECONDS = 10;

/** One request's end. `latencyMs` counts from when it was due, so a stalled edge shows in every request that it held up. */
export interface RequestEnd {
  latencyMs: number;
  /** HTTP status, or null when no answer came. */
  status: number | null;
  version: string | null;
  generation: string | null;
  /** The error's code; null for a prediction. */
  errorCode: string | null;
}

export interface Percentiles {
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  maxMs: number;
}

export interface TrafficSummary {
  askedPerSecond: number;
  gotPerSecond: number;
  elapsedMs: number;
  requests: number;
  succeeded: number;
  failed: number;
  inFlight: number;
  latency: Percentiles;
  recent: Percentiles & { seconds: number; perSecond: number };
  byStatus: Record<string, number>;
  byVersion: Record<string, number>;
  byGeneration: Record<string, number>;
  byError: Record<string, number>;
}

export interface Tally {
  sent(): void;
  ended(end: RequestEnd, nowMs: number): void;
  summary(nowMs: number): TrafficSummary;
}

/** A tally of requests due at `askedPerSecond` from `startMs` on. */
export function tally(askedPerSecond: number, startMs: number): Tally {
  const all = emptyHistogram();
  /** One histogram for each of the last seconds, by second since the start. */
  const seconds = new Map<number, LatencyHistogram>();
  const counts = { sent: 0, succeeded: 0, failed: 0 };
  const byStatus: Record<string, number> = {};
  const byVersion: Record<string, number> = {};
  const byGeneration: Record<string, number> = {};
  const byError: Record<string, number> = {};

  return {
    sent: () => void counts.sent++,
    ended({ latencyMs, status, version, generation, errorCode }, nowMs) {
      if (errorCode === null) counts.succeeded++;
      else {
        counts.failed++;
        increment(byError, errorCode);
      }
      increment(byStatus, status === null ? "none" : String(status));
      if (version !== null) increment(byVersion, version);
      if (generation !== null) increment(byGeneration, generation);
      recordLatency(all, latencyMs);
      const second = Math.floor((nowMs - startMs) / 1000);
      const histogram = seconds.get(second) ?? emptyHistogram();
      seconds.set(second, histogram);
      recordLatency(histogram, latencyMs);
      for (const old of seconds.keys()) if (old < second - WINDOW_SECONDS) seconds.delete(old);
    },
    summary(nowMs) {
      const elapsedMs = nowMs - startMs;
      const now = Math.floor(elapsedMs / 1000);
      // Whole seconds only, unless there is none yet: the running one would show as a dip.
      const whole = [...seconds].filter(([second]) => second < now && second >= now - WINDOW_SECONDS);
      const recent = mergedHistogram((whole.length > 0 ? whole : [...seconds]).map(([, histogram]) => histogram));
      const recentSeconds = whole.length > 0 ? Math.min(WINDOW_SECONDS, now) : elapsedMs / 1000;
      const ended = counts.succeeded + counts.failed;
      return {
        askedPerSecond,
        gotPerSecond: round(ended / (elapsedMs / 1000)),
        elapsedMs: Math.round(elapsedMs),
        requests: counts.sent,
        succeeded: counts.succeeded,
        failed: counts.failed,
        inFlight: counts.sent - ended,
        latency: percentiles(all),
        recent: { ...percentiles(recent), seconds: round(recentSeconds), perSecond: round(recent.total / recentSeconds) },
        byStatus,
        byVersion,
        byGeneration,
        byError,
      };
    },
  };
}

const percentiles = (histogram: LatencyHistogram): Percentiles => ({
  p50Ms: roundOrNull(percentileMs(histogram, 0.5)),
  p95Ms: roundOrNull(percentileMs(histogram, 0.95)),
  p99Ms: roundOrNull(percentileMs(histogram, 0.99)),
  maxMs: round(histogram.maxMs),
});

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** An elapsed time of 0 would make an infinite rate, which JSON cannot carry. */
const round = (value: number): number => (Number.isFinite(value) ? Number(value.toFixed(2)) : 0);
const roundOrNull = (value: number | null): number | null => (value === null ? null : round(value));
