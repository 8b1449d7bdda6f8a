/**
 * A drift window: how many of one hour's rows fell into which bin of their version's reference, in one region. What an isolate sends of it (deltas,
 * within a flush), what a shard answers with (cumulative), and the limits of both. Counts only: no value of any row is in it.
 *
 * The bins of all features lie in one flat list (contract/window-layout.ts says which is where); which reference they belong to is named by the
 * digest of the version's manifest, since counts over different edges must never be added up.
 */
import * as z from "zod";
import { DRIFT_BINS_MAX, DRIFT_WINDOWS_PER_FLUSH_MAX } from "./limits.ts";
import { modelName, sha256Hex, versionName } from "./names.ts";

export const HOUR_MS = 3_600_000;

/** Whole hours since 1970-01-01T00:00:00Z. */
export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

const windowKey = {
  model: modelName,
  version: versionName,
  /** SHA-256 of the version's manifest, whose reference has the bins. */
  manifest: sha256Hex,
  /** The data centre that answered, as in release_requests_total's `colo`. */
  region: z.string().regex(/^([A-Z]{3}|other)$/),
  hour: z.int().nonnegative(),
};

const count = z.int().nonnegative();

export const windowDelta = z.strictObject({
  ...windowKey,
  rows: count,
  /** Pairs of a flat bin and what it gained, one after the other: most bins gain nothing in a second. */
  gains: z
    .array(count)
    .max(2 * DRIFT_BINS_MAX)
    .refine((gains) => gains.length % 2 === 0 && gains.every((bin, at) => at % 2 === 1 || bin < DRIFT_BINS_MAX), {
      error: `gains must be pairs of a bin below ${DRIFT_BINS_MAX} and a count`,
    }),
});

/** The windows of one flush. */
export const windowDeltas = z.array(windowDelta).max(DRIFT_WINDOWS_PER_FLUSH_MAX);

export const shardWindow = z.strictObject({
  ...windowKey,
  rows: count,
  /** By flat bin; bins after the last are 0. */
  counts: z.array(count).max(DRIFT_BINS_MAX),
});

const shardWindows = z.strictObject({
  schema: z.literal(1),
  shard: count,
  /** As in the shard's metrics: a change means that its windows began again at 0. */
  createdAt: z.iso.datetime(),
  windows: z.array(shardWindow),
});

/** A shard that does not answer is reported as silent, never left out. */
export const shardWindowsReading = z.union([shardWindows, z.strictObject({ shard: count, silent: z.literal(true) })]);

/** The answer of the edge's /internal/windows, as far as the control plane reads it. */
export const edgeWindowsAnswer = z.looseObject({
  /** The edge's own clock: an hour is over when both clocks say so. */
  now: z.iso.datetime(),
  shards: z.array(shardWindowsReading).max(64),
});

export type WindowDelta = z.infer<typeof windowDelta>;
export type ShardWindow = z.infer<typeof shardWindow>;
export type ShardWindows = z.infer<typeof shardWindows>;
export type ShardWindowsReading = z.infer<typeof shardWindowsReading>;
export type EdgeWindowsAnswer = z.infer<typeof edgeWindowsAnswer>;
