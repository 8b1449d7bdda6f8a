/**
 * The flush: what one isolate tells a metrics shard, and what a shard tells the control plane. Deltas go up, cumulative values come down.
 * Versioned, because an old Worker's isolates and a new one's run side by side during a deploy. A histogram travels as its `_bucket`, `_sum`
 * and `_count` series, so that adding is all that a shard must know.
 */
import * as z from "zod";
import { windowDeltas } from "./drift-window.ts";

export const FLUSH_SCHEMA = 3;
export const SHARD_METRICS_SCHEMA = 2;

/** A series in text form (contract/series-text.ts). */
const seriesKey = z.string().min(1).max(512);
/** Increments since the isolate's previous flush; finite and not negative, because a NaN would poison the sum for ever. */
const increments = z.array(z.tuple([seriesKey, z.number().nonnegative()])).max(10_000);

const sender = {
  isolate: z.uuid(),
  /** Rises by one with each flush of an isolate. A shard applies (isolate, sequence) at most once. */
  sequence: z.int().nonnegative(),
};

/** What isolates of the first Worker sent, and may go on sending while a newer one is rolled out. */
const flushOfSchema1 = z.strictObject({ schema: z.literal(1), ...sender, counters: increments });

const flushOfSchema2 = z.strictObject({
  schema: z.literal(2),
  ...sender,
  counters: increments,
  /** What the isolate measures of itself, as of this flush. */
  gauges: z.array(z.tuple([seriesKey, z.number()])).max(100),
});

const flushOfSchema3 = z.strictObject({
  ...flushOfSchema2.shape,
  schema: z.literal(3),
  /** What the isolate's rows added to the drift windows. Empty for versions without a reference. */
  windows: windowDeltas,
});

export const metricFlush = z.discriminatedUnion("schema", [flushOfSchema1, flushOfSchema2, flushOfSchema3]);

const KNOWN_SCHEMAS: readonly number[] = [1, 2, 3];

/** Only its number is known of a schema that this Worker does not have: such a flush is parked. */
export const foreignFlush = z.looseObject({
  schema: z.int().refine((schema) => !KNOWN_SCHEMAS.includes(schema)),
});

/** `parked`: kept aside, because its schema is not known here. */
export type FlushOutcome = "applied" | "repeated" | "parked";

const shardOfSchema1 = z.strictObject({
  schema: z.literal(1),
  shard: z.int().nonnegative(),
  /** When this shard's storage began to count; a change means its counters started again from 0. */
  createdAt: z.iso.datetime(),
  counters: z.array(z.tuple([seriesKey, z.number()])),
  isolates: z.int().nonnegative(),
});

const shardOfSchema2 = z.strictObject({
  ...shardOfSchema1.shape,
  schema: z.literal(2),
  /** Of each gauge the largest among the isolates that reported in the last five minutes, as `isolates` counts them. */
  gauges: z.array(z.tuple([seriesKey, z.number()])),
});

export const shardMetrics = z.discriminatedUnion("schema", [shardOfSchema1, shardOfSchema2]);

/** A shard that does not answer is reported as silent: never left out, and never counted as 0. */
export const shardReading = z.union([shardMetrics, z.strictObject({ shard: z.int().nonnegative(), silent: z.literal(true) })]);

/** The answer of the edge's /internal/metrics, as far as the control plane reads it. */
export const edgeMetricsAnswer = z.looseObject({ shards: z.array(shardReading).max(64) });

export type MetricFlush = z.infer<typeof metricFlush>;
export type CurrentFlush = z.infer<typeof flushOfSchema3>;
export type CurrentShardMetrics = z.infer<typeof shardOfSchema2>;
export type ShardReading = z.infer<typeof shardReading>;
