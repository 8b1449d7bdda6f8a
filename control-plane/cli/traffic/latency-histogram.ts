/**
 * Latencies counted in buckets that grow by 2 %, so that percentiles of any number of requests cost a few kilobytes and are right
 * within 1 %. Not for exact values; the largest one is kept exactly.
 */
const GROWTH = 1.02;
const LOWEST_MS = 0.01;
const BUCKETS = Math.ceil(Math.log(1_000_000 / LOWEST_MS) / Math.log(GROWTH)) + 1;

export interface LatencyHistogram {
  counts: Uint32Array;
  total: number;
  maxMs: number;
}

export const emptyHistogram = (): LatencyHistogram => ({ counts: new Uint32Array(BUCKETS), total: 0, maxMs: 0 });

export function recordLatency(histogram: LatencyHistogram, latencyMs: number): void {
  const bucket = Math.floor(Math.log(Math.max(latencyMs, LOWEST_MS) / LOWEST_MS) / Math.log(GROWTH));
  const at = Math.min(BUCKETS - 1, bucket);
  histogram.counts[at] = (histogram.counts[at] as number) + 1;
  histogram.total++;
  histogram.maxMs = Math.max(histogram.maxMs, latencyMs);
}

/** A histogram of all that the given ones hold. */
export function mergedHistogram(histograms: Iterable<LatencyHistogram>): LatencyHistogram {
  const merged = emptyHistogram();
  for (const { counts, total, maxMs } of histograms) {
    for (let at = 0; at < BUCKETS; at++) merged.counts[at] = (merged.counts[at] as number) + (counts[at] as number);
    merged.total += total;
    merged.maxMs = Math.max(merged.maxMs, maxMs);
  }
  return merged;
}

/** Nearest-rank percentile, e.g. 0.99; null when nothing was recorded. */
export function percentileMs({ counts, total, maxMs }: LatencyHistogram, percentile: number): number | null {
  if (total === 0) return null;
  let rest = Math.max(1, Math.ceil(percentile * total));
  for (let at = 0; at < BUCKETS; at++) {
    rest -= counts[at] as number;
    if (rest <= 0) return Math.min(maxMs, LOWEST_MS * GROWTH ** (at + 0.5));
  }
  return maxMs;
}
