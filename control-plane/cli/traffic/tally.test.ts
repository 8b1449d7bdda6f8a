import { expect, it } from "vitest";
import { tally, type RequestEnd } from "./tally.ts";

const good: RequestEnd = { latencyMs: 5, status: 200, version: "v2", generation: "7", errorCode: null };

it("counts each request once, by status, version, generation and error", () => {
  const counts = tally(50, 0);
  for (let sent = 0; sent < 4; sent++) counts.sent();
  counts.ended(good, 100);
  counts.ended({ ...good, version: "v1", generation: "8" }, 200);
  counts.ended({ latencyMs: 9, status: null, version: null, generation: null, errorCode: "ECONNRESET" }, 300);
  expect(counts.summary(1000)).toMatchObject({
    requests: 4,
    succeeded: 2,
    failed: 1,
    inFlight: 1,
    byStatus: { "200": 2, none: 1 },
    byVersion: { v2: 1, v1: 1 },
    byGeneration: { "7": 1, "8": 1 },
    byError: { ECONNRESET: 1 },
    gotPerSecond: 3,
  });
});

it("forgets latencies older than ten seconds in the recent ones, and keeps them in all", () => {
  const counts = tally(1, 0);
  counts.ended({ ...good, latencyMs: 5000 }, 500);
  for (let second = 1; second <= 15; second++) counts.ended(good, second * 1000 + 1);
  const { recent, latency } = counts.summary(16_000);
  expect(recent.maxMs).toBe(5);
  expect(recent.perSecond).toBe(1);
  expect(latency.maxMs).toBe(5000);
});

it("says nothing rather than NaN before the first answer", () => {
  const summary = tally(50, 0).summary(0);
  expect(summary.latency).toEqual({ p50Ms: null, p95Ms: null, p99Ms: null, maxMs: 0 });
  expect(summary.gotPerSecond).toBe(0);
  expect(JSON.stringify(summary)).not.toContain('PerSecond":null');
});
