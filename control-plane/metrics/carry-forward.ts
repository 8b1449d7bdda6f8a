/**
 * What the edge has counted in all, made of what its shards last said. The sum over shards never falls:
 *
 * - a silent shard keeps its last values, because a sum over those that answered would fall and read as a reset of everything;
 * - a shard whose storage was wiped begins again at 0, so what it had last said stays as an offset under its new values. Exposed as a reset,
 *   the sum over all shards would drop by one shard and Prometheus would count the others' whole past once more;
 * - a value that fell without a wipe (storage restored from an earlier point) is held by an offset too;
 * - a shard that the edge no longer has (METRICS_SHARDS was lowered) keeps its last values for good.
 *
 * Pure: a state and a reading make the next state.
 */
import type { ShardReading } from "../../contract/metric-flush.ts";
import { placeOf } from "./edge-series.ts";

export interface ShardState {
  shard: number;
  createdAt: string;
  /** Creation of the storage that it was first known with: when the sum began, as far as this shard is part of it. */
  firstCreatedAt: string;
  /** Answered the last look. */
  isUp: boolean;
  /** Whether the edge lists it: not after METRICS_SHARDS was lowered. */
  isListed: boolean;
  /** Answered since the control plane started. */
  isSeen: boolean;
  offsets: ReadonlyMap<string, number>;
  last: ReadonlyMap<string, number>;
  gauges: ReadonlyMap<string, number>;
  isolates: number;
}

export type EdgeState = ReadonlyMap<number, ShardState>;

/** What all shards counted; `unseen` ones have not answered since the start, and without them a sum would be a part. */
export type EdgeTotals =
  | {
      state: "complete";
      counters: ReadonlyMap<string, number>;
      gauges: ReadonlyMap<string, number>;
      isolates: number;
      createdAtMs: number | undefined;
    }
  | { state: "incomplete"; unseen: number[] };

type Answered = Exclude<ShardReading, { silent: true }>;

/** The state after the edge answered. `readings` name every shard that it has. */
export function carryForward(state: EdgeState, readings: readonly ShardReading[]): EdgeState {
  const next = new Map<number, ShardState>();
  for (const [shard, known] of state) next.set(shard, { ...known, isUp: false, isListed: false });
  for (const reading of readings) {
    const known = state.get(reading.shard);
    if ("silent" in reading) next.set(reading.shard, { ...(known ?? unknownShard(reading.shard)), isUp: false, isListed: true });
    else next.set(reading.shard, answered(known, reading));
  }
  return next;
}

/** The state after the edge as a whole did not answer. */
export function carrySilence(state: EdgeState): EdgeState {
  return new Map([...state].map(([shard, known]) => [shard, { ...known, isUp: false }]));
}

export function edgeTotals(state: EdgeState): EdgeTotals {
  const unseen = [...state.values()].filter(({ isListed, isSeen }) => isListed && !isSeen).map(({ shard }) => shard);
  // Before the edge has listed its shards at all, none of them can have been seen.
  if (unseen.length > 0 || ![...state.values()].some(({ isSeen }) => isSeen)) return { state: "incomplete", unseen };
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  let isolates = 0;
  let createdAtMs: number | undefined;
  for (const shard of state.values()) {
    for (const part of [shard.offsets, shard.last]) {
      const isFirst = counters.size === 0;
      for (const [text, value] of part) counters.set(text, isFirst ? value : (counters.get(text) ?? 0) + value);
    }
    if (shard.isListed) {
      for (const [text, value] of shard.gauges) gauges.set(text, Math.max(gauges.get(text) ?? -Infinity, value));
      isolates += shard.isolates;
    }
    createdAtMs = Math.max(createdAtMs ?? -Infinity, Date.parse(shard.firstCreatedAt));
  }
  return { state: "complete", counters, gauges, isolates, createdAtMs };
}

function answered(before: ShardState | undefined, reading: Answered): ShardState {
  const known = before !== undefined && before.createdAt !== NEVER ? before : undefined;
  const last = new Map<string, number>();
  for (const [text, value] of reading.counters) {
    // What was taken once need not be read again.
    if (isCount(value) && (known?.last.has(text) || placeOf(text) !== undefined)) last.set(text, value);
  }
  const offsets = new Map(known?.offsets);
  if (known) {
    const isWiped = known.createdAt !== reading.createdAt;
    for (const [text, value] of known.last) {
      const now = last.get(text);
      const lost = isWiped ? value : Math.max(0, value - (now ?? 0));
      if (lost > 0) offsets.set(text, (offsets.get(text) ?? 0) + lost);
      // Shown once, shown for ever: a histogram's empty buckets have no offset of their own.
      else if (now === undefined && !offsets.has(text)) offsets.set(text, 0);
    }
  }
  const gauges = reading.schema === 2 ? reading.gauges.filter(([text]) => placeOf(text) !== undefined) : [];
  return {
    shard: reading.shard,
    createdAt: reading.createdAt,
    firstCreatedAt: known?.firstCreatedAt ?? reading.createdAt,
    isUp: true,
    isListed: true,
    isSeen: true,
    offsets,
    last,
    gauges: new Map(gauges),
    isolates: reading.isolates,
  };
}

const NEVER = "";

const unknownShard = (shard: number): ShardState => ({
  shard,
  createdAt: NEVER,
  firstCreatedAt: NEVER,
  isUp: false,
  isListed: true,
  isSeen: false,
  offsets: new Map(),
  last: new Map(),
  gauges: new Map(),
  isolates: 0,
});

const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;
