/** The report on an hour whose numbers are worked out by hand, stored and read back as the control plane does it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LATENCY_BUCKETS_SECONDS } from "../../contract/metric-names.ts";
import { succeed } from "../../contract/result.ts";
import type { Objective, SlaAnswer } from "../api/sla-schemas.ts";
import { openRegistry, type Registry } from "../registry/database.ts";
import { quantileOf, shareAbove } from "./latency-share.ts";
import { deleteOldMinutes, recordMinutes, sumMinutes } from "./minute-records.ts";
import { emptyMinute, type Minute } from "./minute.ts";
import { slaReport } from "./report.ts";
import { rollUp, type Baseline, type EdgeSample } from "./roll-up.ts";
import { parseSpanMs, spanBefore } from "./span.ts";
import type { SlaTargets } from "./targets.ts";

const TARGETS: SlaTargets = {
  uptimeRatio: 0.995,
  p95Seconds: 0.1,
  errorRatio: 0.01,
  rmse: 55,
  rmseByModel: new Map([["other", 40]]),
  driftCheckHours: 24,
  coverageRatioMin: 0.95,
};
const T = Date.parse("2026-11-23T10:00:00.000Z");
const HOUR_MS = 3_600_000;

let directory: string;
let registry: Registry;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-sla-"));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

interface Hour {
  /** Seconds after T. */
  down?: [from: number, to: number];
  /** No look between these. */
  blind?: [from: number, to: number];
  errorsEvery?: number;
  slowEvery?: number;
}

/** An hour of looks every 5 s at an edge that answers 50 requests between two of them. */
async function live({ down = [0, 0], blind = [0, 0], errorsEvery = 0, slowEvery = 0 }: Hour): Promise<void> {
  let baseline: Baseline | undefined;
  let [requests, errors, slow] = [0, 0, 0];
  const parts: Minute[] = [];
  for (let second = 0; second <= 3600; second += 5) {
    const edgeUp = !(second > down[0] && second <= down[1]);
    if (edgeUp && second > 0) {
      requests += 50;
      if (errorsEvery > 0) errors = Math.floor(requests / errorsEvery);
      if (slowEvery > 0) slow = Math.floor(requests / slowEvery);
    }
    if (second > blind[0] && second < blind[1]) continue;
    const latencyBuckets = [...LATENCY_BUCKETS_SECONDS, Number.POSITIVE_INFINITY].map((bound): [number, number] => [
      bound,
      bound < 0.025 ? 0 : bound < 0.5 ? requests - slow : requests,
    ]);
    const sample: EdgeSample = { atMs: T + second * 1000, edgeUp, requestsTotal: requests, errorsTotal: errors, latencyBuckets };
    const rolled = rollUp(baseline, sample);
    if (!rolled.ok) throw new Error(rolled.failure);
    baseline = rolled.value.baseline;
    parts.push(...rolled.value.minutes);
  }
  const stored = await registry.write(async (db) => succeed(await recordMinutes(db, parts)));
  if (!stored.ok) throw new Error(stored.failure.reason);
}

type Quality = Parameters<typeof slaReport>[4];

async function report(spanText = "1h", models: string[] = [], quality: Quality = new Map()): Promise<SlaAnswer> {
  const span = spanBefore(new Date(T + HOUR_MS + 20_000), parseSpanMs(spanText) ?? Number.NaN);
  return slaReport(TARGETS, models, span, await registry.read((db) => sumMinutes(db, span.from, span.to)), quality, new Map());
}
const row = (answer: SlaAnswer, name: Objective["objective"]): Objective =>
  answer.objectives.find(({ objective }) => objective === name) as Objective;

describe("slaReport", () => {
  it("on an hour with an outage of 10 s gives 99.72 % uptime and 44.4 % of the budget", async () => {
    // Looks every 5 s find the edge down at 605 s and 610 s: 10 s. Of 3600 s that is 1 - 10/3600 = 0.9972222; allowed are 0.5 % = 18 s, left 8/18.
    await live({ down: [600, 610] });
    const answer = await report();
    expect(answer).toMatchObject({ coverage: 1, unknownSeconds: 0, downSeconds: 10, requests: (720 - 2) * 50, errors: 0 });
    expect(row(answer, "uptime")).toMatchObject({ compliance: "met", target: 0.995 });
    expect(row(answer, "uptime").current).toBeCloseTo(0.9972222222, 9);
    expect(row(answer, "uptime").budgetLeft).toBeCloseTo(0.4444444444, 9);
  });

  it("on an hour with an outage of six minutes gives 90 % and a budget overspent 19 times", async () => {
    // 360 s of 3600 s down: 90 %. Allowed 18 s, used 360 s: 1 - 360/18 = -19. Requests: 720 looks, 72 of them down, 50 each.
    await live({ down: [1800, 2160] });
    const answer = await report();
    expect(answer).toMatchObject({ downSeconds: 360, requests: (720 - 72) * 50 });
    expect(row(answer, "uptime")).toMatchObject({ compliance: "missed", current: 0.9 });
    expect(row(answer, "uptime").budgetLeft).toBeCloseTo(-19, 9);
  });

  it("takes 18 s down for just met, and 20 s for missed", async () => {
    const at = (seconds: number): Minute => ({ ...emptyMinute(T), edgeUpSeconds: 3600 - seconds, controlPlaneUpSeconds: 3600 });
    const span = { from: new Date(T), to: new Date(T + HOUR_MS) };
    const judge = (seconds: number) =>
      row(slaReport(TARGETS, [], span, { ...at(seconds), dataFrom: null }, new Map(), new Map()), "uptime");
    expect(judge(18)).toMatchObject({ compliance: "met", current: 0.995 });
    expect(judge(18).budgetLeft).toBeCloseTo(0, 9);
    expect(judge(18.1).compliance).toBe("missed");
  });

  it("gives the error rate and its budget", async () => {
    // 36,000 requests, one of 200 an error: 180, 0.5 % of the 1 % allowed.
    await live({ errorsEvery: 200 });
    const answer = await report();
    expect(answer).toMatchObject({ requests: 36_000, errors: 180 });
    expect(row(answer, "error_rate")).toMatchObject({ current: 0.005, compliance: "met", budgetLeft: 0.5 });
    expect(row(await report(), "latency_p95").compliance).toBe("met");
  });

  it("misses an error rate of exactly the target: it is to be below", async () => {
    await live({ errorsEvery: 100 });
    expect(row(await report(), "error_rate")).toMatchObject({ current: 0.01, compliance: "missed", budgetLeft: 0 });
  });

  it("gives P95 and the share of slow requests against its budget", async () => {
    // Fast ones lie in (0.01, 0.025]. 36,000 requests, one of 50 slow (2 %): rank 34,200 of 35,280 fast ones: 0.01 + 0.015 × 0.969388; 2 % of the 5 %.
    await live({ slowEvery: 50 });
    const p95 = row(await report(), "latency_p95");
    expect(p95).toMatchObject({ compliance: "met", isAtLeast: false });
    expect(p95.current).toBeCloseTo(0.01 + 0.015 * (34_200 / 35_280), 9);
    expect(p95.budgetLeft).toBeCloseTo(0.6, 9);
  });

  it("misses P95 when one request in ten is slow", async () => {
    // Slow ones lie in (0.25, 0.5]: rank 34,200 is 1,800 of the 3,600 slow ones: 0.375. 10 % slow of the 5 % allowed.
    await live({ slowEvery: 10 });
    const p95 = row(await report(), "latency_p95");
    expect(p95).toMatchObject({ compliance: "missed" });
    expect(p95.current).toBeCloseTo(0.375, 9);
    expect(p95.budgetLeft).toBeCloseTo(-1, 9);
  });

  it("never says met of a span that it does not know enough of", async () => {
    await live({ blind: [1200, 1800] });
    const answer = await report();
    // 600 s without a look are unknown: 3000 of 3600 s known, all of them up.
    expect(answer).toMatchObject({ unknownSeconds: 600, downSeconds: 0 });
    expect(answer.coverage).toBeCloseTo(3000 / 3600, 9);
    expect(row(answer, "uptime")).toMatchObject({ current: 1, compliance: "not_enough_data" });
    for (const name of ["latency_p95", "error_rate"] as const) expect(row(answer, name).compliance).toBe("not_enough_data");
    expect(answer.requests).toBe(36_000);
  });

  it("says missed in spite of gaps when the known downtime alone is too much", async () => {
    await live({ down: [0, 60], blind: [1200, 1800] });
    expect(row(await report(), "uptime").compliance).toBe("missed");
    // 60 s of a day are allowed, though: 432 s.
    expect(row(await report("1d"), "uptime").compliance).toBe("not_enough_data");
  });

  it("has no data where there are none", async () => {
    const answer = await report("7d", ["m", "other"]);
    expect(answer).toMatchObject({ dataFrom: null, coverage: 0, unknownSeconds: 7 * 86_400 });
    expect(answer.objectives.map(({ objective, model, target, compliance }) => [objective, model, target, compliance])).toEqual([
      ["uptime", null, 0.995, "no_data"],
      ["latency_p95", null, 0.1, "no_data"],
      ["error_rate", null, 0.01, "no_data"],
      ["model_rmse", "m", 55, "no_data"],
      ["drift_checked", "m", 24, "no_data"],
      ["model_rmse", "other", 40, "no_data"],
      ["drift_checked", "other", 24, "no_data"],
    ]);
  });

  it.each([
    [54.9, 100, "met"],
    [55, 100, "missed"],
    [60, 5000, "missed"],
    [10, 99, "not_enough_data"],
    [Number.NaN, 5000, "missed"],
  ])("judges a live RMSE of %d over %d truths as %s, however little of the time was watched", async (rmse, count, compliance) => {
    const judged = row(await report("1h", ["m"], new Map([["m", { rmse, count }]])), "model_rmse");
    expect(judged).toMatchObject({ compliance, current: rmse, budgetLeft: 1 - rmse / 55 });
  });

  it("adds parts of a minute that are stored one by one, and deletes what is too old", async () => {
    const part = {
      ...emptyMinute(T),
      requests: 2,
      latency: { "0.1": 2 },
      edgeUpSeconds: 5,
      controlPlaneUpSeconds: 5,
      scrapesSeen: 1,
    };
    for (const latency of [{ "0.1": 2 }, { "+Inf": 2 }]) {
      await registry.write(async (db) => succeed(await recordMinutes(db, [{ ...part, latency }])));
    }
    const sum = () => registry.read((db) => sumMinutes(db, new Date(T), new Date(T + 60_000)));
    expect(await sum()).toMatchObject({ requests: 4, latency: { "0.1": 2, "+Inf": 2 }, edgeUpSeconds: 10, scrapesSeen: 2 });
    const deleteAfterDays = (days: number) =>
      registry.write(async (db) => succeed(await deleteOldMinutes(db, new Date(T + days * 86_400_000))));
    await deleteAfterDays(400);
    expect((await sum()).requests).toBe(4);
    await deleteAfterDays(401);
    expect((await sum()).dataFrom).toBeNull();
  });
});

describe("quantileOf and shareAbove", () => {
  const bounds = [0.1, 0.2, 0.4];

  it("are exact at a bound and even between", () => {
    const counts = { "0.1": 95, "0.2": 5 };
    expect(quantileOf(counts, bounds, 0.95)).toEqual({ seconds: 0.1, isAtLeast: false });
    expect(shareAbove(counts, bounds, 0.1)).toBe(0.05);
    expect(shareAbove(counts, bounds, 0.15)).toBeCloseTo(0.025, 12);
  });

  it("say at least, above the highest bound, and nothing without requests", () => {
    expect(quantileOf({ "+Inf": 1 }, bounds, 0.95)).toEqual({ seconds: 0.4, isAtLeast: true });
    expect(quantileOf({}, bounds, 0.95)).toBeUndefined();
    expect(shareAbove({}, bounds, 0.1)).toBeUndefined();
  });
});

describe("parseSpanMs", () => {
  it("takes minutes, hours and days up to a year", () => {
    expect(["90m", "1h", "30d", "366d"].map(parseSpanMs)).toEqual([5_400_000, HOUR_MS, 30 * 86_400_000, 366 * 86_400_000]);
    expect(
      ["", "7", "0d", "367d", "1w", "-1h", "1.5h", "1e3m", "9999999m"].filter((text) => parseSpanMs(text) !== undefined),
    ).toEqual([]);
  });
});
