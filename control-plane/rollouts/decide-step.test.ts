import { describe, expect, it } from "vitest";
import { rolloutThresholds, type ArmCounts, type Finding } from "../api/rollout-schemas.ts";
import { decideStep, PATIENCE, type StepView } from "./decide-step.ts";
import { judgeArms, type ArmEvidence } from "./judge-arms.ts";

const MINUTE = 60_000;
const thresholds = rolloutThresholds.parse({});
const step = { percent: 10, durationMs: 10 * MINUTE, requestsMin: 1000 };
const arm = (requests: number, errors = 0, slow = 0): ArmCounts => ({ requests, errors, slow, timed: requests });
const noTruth = { stable: { count: 0, rmse: null }, canary: { count: 0, rmse: null } };

function findings(stable: ArmCounts, canary: ArmCounts, more: Partial<ArmEvidence> = {}): Finding[] {
  return judgeArms({ arms: { stable, canary }, refusals: 0, quality: noTruth, ...more }, thresholds, step.requestsMin);
}

const good = findings(arm(9000), arm(1000));
const bad = findings(arm(9000), arm(1000, 50));
const few = findings(arm(900), arm(100));
const blind = judgeArms({ arms: undefined, refusals: undefined, quality: noTruth }, thresholds, step.requestsMin);

function decide(evidence: readonly Finding[], minutes: number, view: Partial<StepView> = {}) {
  return decideStep({ step, isPaused: false, startedAtMs: 0, publishedAtMs: 0, ...view }, evidence, minutes * MINUTE);
}

describe("a step", () => {
  it("goes on when its time and its requests are full and every finding is good", () => {
    expect(decide(good, 10)).toEqual({ act: "next" });
  });

  it("holds until its time is over, counted from when the edge's storage had it", () => {
    expect(decide(good, 9.9)).toEqual({ act: "hold", why: "duration" });
    expect(decide(good, 15, { publishedAtMs: 6 * MINUTE })).toEqual({ act: "hold", why: "duration" });
    expect(decide(good, 60, { publishedAtMs: undefined })).toEqual({ act: "hold", why: "not_published" });
  });

  it("waits for evidence for a while, and then pauses for a person", () => {
    for (const evidence of [few, blind, []]) {
      expect(decide(evidence, 10)).toEqual({ act: "hold", why: "evidence" });
      expect(decide(evidence, 10 * PATIENCE)).toMatchObject({ act: "pause" });
    }
  });

  it("is taken back at once when the canary fails, also before its time and while it is paused", () => {
    expect(decide(bad, 0.1)).toMatchObject({ act: "abort" });
    expect(decide(bad, 1, { isPaused: true })).toMatchObject({ act: "abort" });
    expect(decide(bad, 1, { publishedAtMs: undefined })).toMatchObject({ act: "abort" });
    expect(decide(good, 1000, { isPaused: true })).toEqual({ act: "hold", why: "paused" });
  });

  it("never goes on by a clock that was set back or says nothing", () => {
    for (const minutes of [-1000, NaN]) expect(decide(good, minutes)).toEqual({ act: "hold", why: "duration" });
  });
});

describe("errors", () => {
  const outcome = (stable: ArmCounts, canary: ArmCounts) => findings(stable, canary)[0]?.outcome;

  it("fail the canary when it surely has more of them than stable, and the sentence has the numbers", () => {
    expect(bad[0]).toEqual({
      metric: "errors",
      outcome: "fail",
      text: "50 of 1000 (5.0 %) of the canary's requests and 0 of 9000 (0.0 %) of stable's were answered with an error: surely more than 1.0 % worse",
    });
  });

  it.each([
    ["1 of 10", arm(90), arm(10, 1)],
    ["10 of 10, where 50 are needed to fail", arm(5000), arm(10, 10)],
    ["3 of 100", arm(900), arm(100, 3)],
  ])("do not fail it with %s", (_, stable, canary) => {
    expect(outcome(stable, canary)).toBe("inconclusive");
  });

  it("that stable makes too are the callers', and fail nothing", () => {
    expect(outcome(arm(90_000, 4500), arm(10_000, 500))).toBe("pass");
    expect(outcome(arm(90_000, 4500), arm(10_000, 900))).toBe("fail");
  });

  it("are inconclusive where too few requests could show the margin, or stable had none", () => {
    expect(outcome(arm(9000, 90), arm(1000, 14))).toBe("inconclusive");
    expect(outcome(arm(0), arm(1000))).toBe("inconclusive");
    // 999 of 1,000: the interval would say pass, the step has not had its requests.
    expect([outcome(arm(9000), arm(999)), outcome(arm(9000), arm(1000))]).toEqual(["inconclusive", "pass"]);
  });

  it.each([NaN, Infinity, -1])("are inconclusive when a count is %s", (broken) => {
    expect(outcome(arm(9000), arm(1000, broken))).toBe("inconclusive");
    expect(outcome(arm(9000), arm(broken))).toBe("inconclusive");
  });
});

describe("the other findings", () => {
  const metric = (name: string, all: readonly Finding[]) => all.find((one) => one.metric === name)?.outcome;

  it("compare the share of slow answers", () => {
    expect(metric("latency", findings(arm(9000, 0, 90), arm(1000, 0, 10)))).toBe("pass");
    expect(metric("latency", findings(arm(9000, 0, 90), arm(1000, 0, 200)))).toBe("fail");
  });

  it("fail on any isolate that refused the release for what the version is", () => {
    expect(metric("refusals", findings(arm(9000), arm(1000), { refusals: 1 }))).toBe("fail");
  });

  it("judge live RMSE once both have enough truths, and hold nothing up before", () => {
    const quality = (count: number, rmse: number | null) => ({ stable: { count: 1000, rmse: 20 }, canary: { count, rmse } });
    expect(metric("live_rmse", findings(arm(9000), arm(1000), { quality: quality(499, 90) }))).toBeUndefined();
    expect(metric("live_rmse", findings(arm(9000), arm(1000), { quality: quality(500, 24) }))).toBe("pass");
    expect(metric("live_rmse", findings(arm(9000), arm(1000), { quality: quality(500, 24.1) }))).toBe("fail");
    expect(metric("live_rmse", findings(arm(9000), arm(1000), { quality: quality(500, null) }))).toBe("inconclusive");
  });
});
