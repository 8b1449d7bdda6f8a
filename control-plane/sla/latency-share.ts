/**
 * What latency buckets say: a quantile, and the share of requests above a limit. Values within a bucket are taken as evenly spread, as
 * Prometheus's histogram_quantile takes them; at a bucket's bound both are exact. Pure.
 */

/** Counts by upper bound in seconds, not cumulative; `+Inf` the last. */
export type LatencyCounts = Readonly<Record<string, number>>;

export interface Quantile {
  seconds: number;
  /** The quantile is above the highest finite bound, which is all that is known of it. */
  isAtLeast: boolean;
}

/** Undefined without requests. `bounds` are the finite upper bounds, rising: where empty buckets begin and end. */
export function quantileOf(counts: LatencyCounts, bounds: readonly number[], q: number): Quantile | undefined {
  const total = totalOf(counts);
  if (!(total > 0)) return undefined;
  const rank = q * total;
  let below = 0;
  for (const [at, bound] of bounds.entries()) {
    const inBucket = counts[String(bound)] ?? 0;
    if (inBucket > 0 && below + inBucket >= rank) {
      const lower = bounds[at - 1] ?? 0;
      return { seconds: lower + (bound - lower) * ((rank - below) / inBucket), isAtLeast: false };
    }
    below += inBucket;
  }
  return { seconds: bounds.at(-1) ?? 0, isAtLeast: true };
}

/** 0 to 1; undefined without requests. */
export function shareAbove(counts: LatencyCounts, bounds: readonly number[], seconds: number): number | undefined {
  const total = totalOf(counts);
  if (!(total > 0)) return undefined;
  let below = 0;
  for (const [at, bound] of bounds.entries()) {
    const lower = bounds[at - 1] ?? 0;
    const inBucket = counts[String(bound)] ?? 0;
    if (bound <= seconds) below += inBucket;
    else if (lower < seconds) below += inBucket * ((seconds - lower) / (bound - lower));
  }
  return (total - below) / total;
}

const totalOf = (counts: LatencyCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
