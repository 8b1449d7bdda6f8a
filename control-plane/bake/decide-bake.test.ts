import { describe, expect, it } from "vitest";
import { releasePolicy } from "../api/rollout-schemas.ts";
import { decideRollback, judgeBake } from "./decide-bake.ts";

const MINUTE = 60_000;
const policy = releasePolicy.parse({
  bakeMinutes: 30,
  errorShareMax: 0.02,
  p95MsMax: 100,
  rmseMax: 30,
  refusalsMax: 0,
  cooldownMinutes: 60,
});
const arm = (requests: number, errors = 0, slow = 0) => ({ requests, errors, slow, timed: requests });
const outcomes = (evidence: Parameters<typeof judgeBake>[0]) =>
  Object.fromEntries(judgeBake(evidence, policy).map(({ metric, outcome }) => [metric, outcome]));
const quality = { count: 1000, rmse: 21 };

describe("a promotion being watched", () => {
  it("passes what is within its policy", () => {
    expect(outcomes({ arm: arm(1000, 10, 30), refusals: 0, quality })).toEqual({
      errors: "pass",
      latency: "pass",
      refusals: "pass",
      live_rmse: "pass",
    });
  });

  it("fails what is surely beyond it, each for itself", () => {
    expect(outcomes({ arm: arm(1000, 60, 120), refusals: 1, quality: { count: 500, rmse: 30.1 } })).toEqual({
      errors: "fail",
      latency: "fail",
      refusals: "fail",
      live_rmse: "fail",
    });
  });

  it("says nothing on too few requests or truths, and nothing at all while the edge cannot be read", () => {
    expect(outcomes({ arm: arm(99, 99), refusals: 0, quality: { count: 499, rmse: 99 } })).toMatchObject({
      errors: "inconclusive",
      live_rmse: "inconclusive",
    });
    expect(outcomes({ arm: undefined, refusals: undefined, quality })).toEqual({ errors: "inconclusive" });
    expect(outcomes({ arm: arm(1000), refusals: 0, quality: { count: 1000, rmse: NaN } })).toMatchObject({
      live_rmse: "inconclusive",
    });
  });

  it("judges nothing that its policy does not name", () => {
    const silent = releasePolicy.parse({ bakeMinutes: 5 });
    expect(judgeBake({ arm: arm(1000, 1000, 1000), refusals: 9, quality }, silent)).toEqual([]);
  });
});

describe("an automatic rollback", () => {
  const facts = { cameBy: "promote" as const, lastAutomaticMs: undefined, target: 1 };

  it("goes to the version before", () => {
    expect(decideRollback(facts, policy, 0)).toEqual({ act: "rollback", target: 1 });
  });

  it("is held back for the cooldown after the last one", () => {
    const last = { ...facts, lastAutomaticMs: 0 };
    expect(decideRollback(last, policy, 59 * MINUTE)).toMatchObject({ act: "hold_back" });
    expect(decideRollback(last, policy, 60 * MINUTE)).toEqual({ act: "rollback", target: 1 });
    for (const now of [-MINUTE, NaN]) expect(decideRollback(last, policy, now)).toMatchObject({ act: "hold_back" });
  });

  it("takes back nothing that came by a rollback, and nothing to nowhere", () => {
    expect(decideRollback({ ...facts, cameBy: "rollback" }, policy, 0)).toMatchObject({ act: "hold_back" });
    expect(decideRollback({ ...facts, target: undefined }, policy, 0)).toMatchObject({ act: "hold_back" });
  });
});
