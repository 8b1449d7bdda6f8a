/**
 * From two looks at the edge to what happened between them, minute by minute. Pure.
 *
 * - The state that a look finds holds for the time since the look before. Where looks are further apart than SCRAPE_GAP_MS_MAX, that time
 *   is unknown: neither up nor down.
 * - What the counters rose by counts in the minute of the later look, after a gap too: those requests did happen.
 * - A counter that fell began again at 0, and all of them with it: the increase is the new value.
 * - While the edge is down its counters say nothing; the last ones known go on being compared with.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { addMinutes, emptyMinute, MINUTE_MS, startOfMinute, type Minute } from "./minute.ts";

/** Several times the 5 s between two looks, so that one missed look is no gap. */
export const SCRAPE_GAP_MS_MAX = 30_000;

export interface Counters {
  requestsTotal: number;
  /** Answers with a 5xx status. */
  errorsTotal: number;
  /** Cumulative, rising bounds, the last one Infinity. */
  latencyBuckets: readonly (readonly [upperSeconds: number, cumulative: number])[];
}

/** One look at the edge. All counters come from one source that counts from one beginning. */
export interface EdgeSample extends Counters {
  atMs: number;
  edgeUp: boolean;
}

/** What the next look is compared with. No counters: the edge has been down since the first look. */
export interface Baseline {
  atMs: number;
  counters: Counters | undefined;
}

export interface RolledUp {
  minutes: Minute[];
  baseline: Baseline;
}

export type SampleRefusal = "time_not_after" | "counter_invalid" | "buckets_invalid";

export function rollUp(previous: Baseline | undefined, current: EdgeSample): Result<RolledUp, SampleRefusal> {
  if (!(Number.isFinite(current.atMs) && (previous === undefined || current.atMs > previous.atMs))) return fail("time_not_after");
  if (current.edgeUp) {
    if (!isCount(current.requestsTotal) || !isCount(current.errorsTotal)) return fail("counter_invalid");
    if (!areBuckets(current.latencyBuckets)) return fail("buckets_invalid");
  }
  const { requestsTotal, errorsTotal, latencyBuckets } = current;
  const counters = current.edgeUp ? { requestsTotal, errorsTotal, latencyBuckets } : previous?.counters;
  const minutes = new Map<string, Minute>();
  const add = (part: Minute): void => {
    const there = minutes.get(part.minute);
    minutes.set(part.minute, there ? addMinutes(there, part) : part);
  };
  if (previous !== undefined && current.atMs - previous.atMs <= SCRAPE_GAP_MS_MAX) {
    for (const part of watched(previous.atMs, current.atMs, current.edgeUp)) add(part);
  }
  const rise = current.edgeUp && previous?.counters ? increase(previous.counters, current) : NO_INCREASE;
  // A look on the stroke of a minute tells of the minute that is over.
  add({ ...emptyMinute(previous === undefined ? current.atMs : current.atMs - 1), ...rise, scrapesSeen: 1 });
  return succeed({ minutes: [...minutes.values()], baseline: { atMs: current.atMs, counters } });
}

/** A look that brought nothing. */
export const missedLook = (atMs: number): Minute => ({ ...emptyMinute(atMs), scrapesMissed: 1 });

// --- Not exported ---

type Increase = Pick<Minute, "requests" | "errors" | "latency">;

const NO_INCREASE: Increase = { requests: 0, errors: 0, latency: {} };
const EMPTY: Counters = { requestsTotal: 0, errorsTotal: 0, latencyBuckets: [] };

function increase(previous: Counters, current: Counters): Increase {
  const isSameBounds =
    previous.latencyBuckets.length === current.latencyBuckets.length &&
    previous.latencyBuckets.every(([bound], at) => bound === current.latencyBuckets[at]?.[0]);
  const isReset =
    current.requestsTotal < previous.requestsTotal ||
    current.errorsTotal < previous.errorsTotal ||
    (isSameBounds && current.latencyBuckets.some(([, count], at) => count < (previous.latencyBuckets[at]?.[1] ?? 0)));
  const from = isReset ? EMPTY : previous;
  return {
    requests: current.requestsTotal - from.requestsTotal,
    errors: current.errorsTotal - from.errorsTotal,
    // After a change of the bounds the two cannot be compared: nothing is said of latency this once.
    latency: isReset || isSameBounds ? bucketIncrease(from, current) : {},
  };
}

function bucketIncrease(from: Counters, { latencyBuckets }: Counters): Record<string, number> {
  const latency: Record<string, number> = {};
  let below = 0;
  for (const [at, [bound, cumulative]] of latencyBuckets.entries()) {
    const risen = cumulative - (from.latencyBuckets[at]?.[1] ?? 0);
    if (risen - below > 0) latency[boundName(bound)] = risen - below;
    below = Math.max(below, risen);
  }
  return latency;
}

const boundName = (bound: number): string => (bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound));

/** The time from one look to the next, cut at the minutes' starts. */
function watched(fromMs: number, toMs: number, edgeUp: boolean): Minute[] {
  const parts: Minute[] = [];
  for (let start = fromMs; start < toMs;) {
    const end = Math.min(startOfMinute(start) + MINUTE_MS, toMs);
    const seconds = (end - start) / 1000;
    parts.push({ ...emptyMinute(start), edgeUpSeconds: edgeUp ? seconds : 0, controlPlaneUpSeconds: seconds });
    start = end;
  }
  return parts;
}

const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;

function areBuckets(buckets: Counters["latencyBuckets"]): boolean {
  return (
    buckets.at(-1)?.[0] === Number.POSITIVE_INFINITY &&
    buckets.every(([bound, cumulative], at) => {
      const [boundBefore, cumulativeBefore] = buckets[at - 1] ?? [0, 0];
      return bound > boundBefore && isCount(cumulative) && cumulative >= cumulativeBefore;
    })
  );
}
