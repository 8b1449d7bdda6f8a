import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { IN_FLIGHT_MAX, runOpenLoop, type OpenLoop } from "./open-loop.ts";
import { seededRandom } from "./random.ts";
import { tally, type TrafficSummary } from "./tally.ts";

const answer = { status: 200, version: "v1", generation: "1", errorCode: null };
const monotonicMs = (): number => performance.now();

async function run(changes: Partial<OpenLoop> & Pick<OpenLoop, "request" | "ratePerSecond">): Promise<TrafficSummary> {
  const counts = tally(changes.ratePerSecond, monotonicMs());
  const interruption = new AbortController().signal;
  await runOpenLoop({ durationMs: 600, random: seededRandom(1), tally: counts, monotonicMs, interruption, ...changes });
  return counts.summary(monotonicMs());
}

it("goes on sending at the rate while nothing is answered, and charges the whole wait to each request", async () => {
  const opening = sleep(600);
  const summary = await run({ ratePerSecond: 200, request: async () => (await opening, answer) });
  // 600 ms at 200/s are 120 requests, give or take; a loop that waits for answers would have sent one.
  expect(summary.requests).toBeGreaterThan(80);
  expect(summary.failed).toBe(0);
  // Due evenly over the stall, so half of them waited at least half of it.
  expect((summary.latency.p50Ms as number) / 600).toBeGreaterThan(0.3);
});

it("measures from when a request was due, not from when a busy process got to send it", async () => {
  let isFirst = true;
  const summary = await run({
    ratePerSecond: 200,
    request: () => {
      // Holds up the whole process once, as a pause for garbage or a busy machine does.
      if (isFirst) for (const endMs = monotonicMs() + 400; monotonicMs() < endMs;);
      isFirst = false;
      return Promise.resolve(answer);
    },
  });
  expect(summary.latency.p50Ms as number).toBeGreaterThan(50);
});

it("sends the same number of requests for the same seed", async () => {
  const once = await run({ ratePerSecond: 500, request: () => Promise.resolve(answer) });
  const again = await run({ ratePerSecond: 500, request: () => Promise.resolve(answer) });
  expect(again.requests).toBe(once.requests);
});

it("counts what exceeds the cap on requests in flight as failed rather than leaving it out", async () => {
  const opening = sleep(700);
  const summary = await run({ ratePerSecond: 4000, request: async () => (await opening, answer) });
  expect(summary.succeeded).toBe(IN_FLIGHT_MAX);
  expect(summary.byError["not_sent_too_many_in_flight"]).toBe(summary.requests - IN_FLIGHT_MAX);
});

it("ends when interrupted, after the answers that were still to come", async () => {
  const controller = new AbortController();
  let running = 0;
  const request = async (): Promise<typeof answer> => {
    running++;
    if (running === 5) controller.abort();
    await sleep(50);
    return answer;
  };
  const summary = await run({ ratePerSecond: 500, durationMs: undefined, interruption: controller.signal, request });
  expect(summary.inFlight).toBe(0);
  expect(summary.succeeded).toBe(summary.requests);
});
