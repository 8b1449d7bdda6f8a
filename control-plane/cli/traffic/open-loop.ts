/**
 * Sends requests at the moments a Poisson process gives, whether or not earlier ones have been answered (an open loop), and measures each
 * from the moment it was due. A generator that waits for answers would go easy on a slow edge exactly while it is slow
 * ("coordinated omission", Gil Tene). What exceeds the cap on requests in flight is counted as failed, not left out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nextArrivalMs, type Random } from "./random.ts";
import type { RequestEnd, Tally } from "./tally.ts";

/** Sockets are finite; at this point the edge is overloaded, and more would only measure this machine. */
export const IN_FLIGHT_MAX = 1000;
/** Answers are waited for this long after the last request. */
const DRAIN_MS_MAX = 10_000;

export interface OpenLoop {
  ratePerSecond: number;
  /** Undefined: until interrupted. */
  durationMs: number | undefined;
  random: Random;
  tally: Tally;
  monotonicMs: () => number;
  interruption: AbortSignal;
  /** One request; never rejects. The latency is filled in here. */
  request: () => Promise<Omit<RequestEnd, "latencyMs">>;
}

/** Resolves once the duration is over, or it was interrupted, and the answers are in. */
export async function runOpenLoop(loop: OpenLoop): Promise<void> {
  const { ratePerSecond, durationMs, random, tally, monotonicMs, interruption, request } = loop;
  const inFlight = new Set<Promise<void>>();
  const startMs = monotonicMs();
  const endMs = durationMs === undefined ? Number.POSITIVE_INFINITY : startMs + durationMs;

  function sendOne(dueMs: number): void {
    tally.sent();
    if (inFlight.size >= IN_FLIGHT_MAX) {
      const end = { status: null, version: null, generation: null, errorCode: "not_sent_too_many_in_flight" };
      tally.ended({ ...end, latencyMs: monotonicMs() - dueMs }, monotonicMs());
      return;
    }
    const running = request().then((end) => {
      const nowMs = monotonicMs();
      tally.ended({ ...end, latencyMs: nowMs - dueMs }, nowMs);
      inFlight.delete(running);
    });
    inFlight.add(running);
  }

  let dueMs = startMs + nextArrivalMs(random, ratePerSecond);
  while (dueMs < endMs && !interruption.aborted) {
    for (const nowMs = monotonicMs(); dueMs <= nowMs && dueMs < endMs; dueMs += nextArrivalMs(random, ratePerSecond))
      sendOne(dueMs);
    // At least one turn of the event loop, so that answers are read even when every arrival is already due.
    await sleep(Math.max(0, Math.min(dueMs, endMs) - monotonicMs()), undefined, { signal: interruption }).catch(() => undefined);
  }
  await Promise.race([Promise.all(inFlight), sleep(DRAIN_MS_MAX, undefined, { ref: false })]);
}
