/**
 * The flush: what one isolate tells a metrics shard, and what a shard tells the control plane. Deltas go up, cumulative values come down.
 * Versioned, because an old Worker's isolates and a new one's run side by side during a deploy.
 */
import * as z from "zod";

export const FLUSH_SCHEMA = 1;

/** A series in Prometheus's own text form, labels sorted by name: `model_loads_total{model="m",version="v1"}`. */
const seriesKey = z.string().min(1).max(512);

export const metricFlush = z.strictObject({
  schema: z.literal(FLUSH_SCHEMA),
  isolate: z.uuid(),
  /** Rises by one with each flush of an isolate. A shard applies (isolate, sequence) at most once. */
  sequence: z.int().nonnegative(),
  /** Counter increments since the isolate's previous flush; finite and not negative, because a NaN would poison the sum for ever. */
  counters: z.array(z.tuple([seriesKey, z.number().nonnegative()])).max(10_000),
});

export const shardMetrics = z.strictObject({
  schema: z.literal(FLUSH_SCHEMA),
  shard: z.int().nonnegative(),
  /** When this shard's storage began to count; a change means its counters started again from 0. */
  createdAt: z.iso.datetime(),
  counters: z.array(z.tuple([seriesKey, z.number()])),
  isolates: z.int().nonnegative(),
});

export type MetricFlush = z.infer<typeof metricFlush>;
export type ShardMetrics = z.infer<typeof shardMetrics>;

/** Text form of a series; `labels` in any order. */
export function seriesText(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .toSorted()
    .map(
      (label) =>
        `${label}="${(labels[label] as string).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    );
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
