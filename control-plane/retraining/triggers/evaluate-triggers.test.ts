import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retrainConfig } from "../../api/retrain-config-schema.ts";
import type { TriggerDecision, TriggerFacts } from "./decision.ts";
import { evaluateTriggers } from "./evaluate-triggers.ts";

const now = new Date("2026-12-01T00:00:30Z");
const on = { mode: "run" as const };
const config = retrainConfig.parse({
  source: { kind: "files", files: ["*.csv"] },
  time: { column: "time" },
  split: { windowDays: 365, validationDays: 30 },
  features: ["PM10"],
  label: "PM2.5",
  triggers: { schedule: on, performance: on, drift: { ...on, keyFeatures: ["PM10"] } },
});
const quietFacts: TriggerFacts = {
  config,
  configuredAt: new Date("2026-12-01T00:00:10Z"),
  active: undefined,
  last: undefined,
  openSuggestions: [],
  awaitingReview: undefined,
  usedKeys: new Set(),
  production: { version: "v1", baselineRmse: 20 },
  live: { feedback: 1000, rmse: 21 },
  driftReport: { id: "7", at: new Date("2026-11-30T12:00:00Z"), features: [{ feature: "PM10", psi: 0.1 }] },
};
const bad = { feedback: 1000, rmse: 22.5 };
const shifted = { id: "8", at: new Date("2026-11-30T13:00:00Z"), features: [{ feature: "PM10", psi: 0.21 }] };

function decisionOf(trigger: TriggerDecision["trigger"], facts: Partial<TriggerFacts>, at = now): TriggerDecision {
  const decision = evaluateTriggers({ ...quietFacts, ...facts }, at).find((one) => one.trigger === trigger);
  if (!decision) throw new Error(`no decision on ${trigger}`);
  return decision;
}
const whyOf = (decision: TriggerDecision): string =>
  decision.state === "quiet" || decision.state === "held" ? `${decision.state}: ${decision.because.why}` : decision.state;

describe("the performance trigger", () => {
  it("fires when the live RMSE is over baseline by more than the limit, and says so", () => {
    expect(decisionOf("performance", { live: bad })).toMatchObject({
      state: "fires",
      mode: "run",
      condition: {
        key: "performance:v1:after-run-0",
        reason: "live RMSE 22.50 of v1 over 1000 rows is 12.5 % over its baseline of 20.00 (limit 10 %)",
        evidence: { liveRmse: 22.5, baselineRmse: 20, feedback: 1000 },
      },
    });
  });

  it.each<[string, Partial<TriggerFacts>]>([
    ["rmse_within_limit", { live: { feedback: 1000, rmse: 20 * 1.1 } }],
    ["feedback_too_few", { live: { feedback: 499, rmse: 100 } }],
    ["feedback_too_few", { live: { feedback: Number.NaN, rmse: 100 } }],
    ["rmse_not_finite", { live: { feedback: 1000, rmse: Number.NaN } }],
    ["rmse_not_finite", { live: { feedback: 1000, rmse: Infinity } }],
    ["no_live_quality", { live: undefined }],
    ["no_baseline", { live: bad, production: { version: "v1", baselineRmse: undefined } }],
    ["no_baseline", { live: bad, production: { version: "v1", baselineRmse: Number.NaN } }],
    ["nothing_in_production", { live: bad, production: undefined }],
    ["done_already", { live: bad, usedKeys: new Set(["performance:v1:after-run-0"]) }],
  ])("keeps quiet: %s", (why, facts) => {
    expect(whyOf(decisionOf("performance", facts))).toBe(`quiet: ${why}`);
  });
});

describe("the drift trigger", () => {
  it("fires on a key feature's PSI above the limit", () => {
    expect(decisionOf("drift", { driftReport: shifted })).toMatchObject({
      state: "fires",
      condition: { key: "drift:8", reason: "data drift: PSI of PM10 0.210 (limit 0.2) in report 8" },
    });
  });

  it("looks at every feature when no key features are named, and names the largest first", () => {
    const triggers = { ...config.triggers, drift: { ...config.triggers.drift, keyFeatures: [] } };
    const features = [
      { feature: "SO2", psi: 0.3 },
      { feature: "O3", psi: Number.NaN },
      { feature: "PM10", psi: 0.4 },
    ];
    const decision = decisionOf("drift", { config: { ...config, triggers }, driftReport: { ...shifted, features } });
    expect(decision).toMatchObject({ condition: { evidence: { shifted: [{ feature: "PM10" }, { feature: "SO2" }] } } });
  });

  it.each<[string, Partial<TriggerFacts>]>([
    ["psi_within_limit", { driftReport: { ...shifted, features: [{ feature: "PM10", psi: 0.2 }] } }],
    ["key_features_absent", { driftReport: { ...shifted, features: [{ feature: "SO2", psi: 9 }] } }],
    ["key_features_absent", { driftReport: { ...shifted, features: [{ feature: "PM10", psi: Number.NaN }] } }],
    ["no_drift_report", { driftReport: undefined }],
    [
      "drift_report_older_than_run",
      { driftReport: shifted, last: { id: 3, createdAt: shifted.at, finishedAt: new Date("2026-11-01T00:00:00Z") } },
    ],
    ["done_already", { driftReport: shifted, usedKeys: new Set(["drift:8"]) }],
  ])("keeps quiet: %s", (why, facts) => {
    expect(whyOf(decisionOf("drift", facts))).toBe(`quiet: ${why}`);
  });
});

describe("the scheduled trigger", () => {
  const since = { configuredAt: new Date("2026-11-15T00:00:00Z") };

  it("fires once a month, at midnight of the 1st, and catches up on a time that was missed", () => {
    for (const at of ["2026-12-01T00:00:00.000Z", "2026-12-09T10:00:00Z"]) {
      expect(decisionOf("schedule", since, new Date(at))).toMatchObject({
        state: "fires",
        condition: { key: "schedule:2026-12-01T00:00:00.000Z" },
      });
    }
    expect(whyOf(decisionOf("schedule", since, new Date("2026-11-30T23:59:59.999Z")))).toBe("quiet: not_due");
  });

  it("does not catch up on what was due before it was configured", () => {
    expect(decisionOf("schedule", {})).toMatchObject({
      state: "quiet",
      because: { why: "not_due", next: "2027-01-01T00:00:00.000Z" },
    });
  });

  it("goes by its time zone, over a change of the clocks", () => {
    const schedule = { mode: "run" as const, cron: "30 2 * * *", timeZone: "Europe/Berlin" };
    const facts = { ...since, config: { ...config, triggers: { ...config.triggers, schedule } } };
    const decision = decisionOf("schedule", facts, new Date("2027-03-28T12:00:00Z"));
    expect(decision).toMatchObject({ state: "fires", condition: { key: "schedule:2027-03-28T01:00:00.000Z" } });
  });
});

describe("a trigger whose condition holds", () => {
  const finishedAt = new Date("2026-11-30T10:00:00Z");
  const last = { id: 3, createdAt: new Date("2026-11-30T09:00:00Z"), finishedAt };

  it.each<[string, Partial<TriggerFacts>]>([
    ["run_active", { active: { id: 4 } }],
    ["awaiting_review", { awaitingReview: { version: "v2", runId: 3 } }],
    ["suggestion_open", { openSuggestions: [{ id: 5, trigger: "performance" }] }],
    ["cooldown", { last }],
  ])("waits: %s", (why, facts) => {
    expect(whyOf(decisionOf("performance", { live: bad, ...facts }))).toBe(`held: ${why}`);
  });

  it("fires when the cooldown is over, to the millisecond", () => {
    const over = new Date(finishedAt.getTime() + 24 * 3_600_000);
    expect(decisionOf("performance", { live: bad, last }, over)).toMatchObject({
      state: "fires",
      condition: { key: "performance:v1:after-run-3" },
    });
    expect(decisionOf("performance", { live: bad, last }, new Date(over.getTime() - 1))).toMatchObject({
      because: { why: "cooldown", until: over.toISOString(), runId: 3 },
    });
  });

  it("is alone: of several, the first fires and the others wait for it", () => {
    const facts = { live: bad, driftReport: shifted, configuredAt: new Date("2026-11-15T00:00:00Z") };
    const all = evaluateTriggers({ ...quietFacts, ...facts }, now);
    expect(all.map(whyOf)).toEqual(["fires", "held: other_trigger", "held: other_trigger"]);
  });

  it("does nothing when it is off, and only suggests when it is to suggest", () => {
    const performance = (mode: "off" | "suggest") => ({
      config: { ...config, triggers: { ...config.triggers, performance: { ...config.triggers.performance, mode } } },
    });
    expect(decisionOf("performance", { live: bad, ...performance("off") })).toEqual({ trigger: "performance", state: "off" });
    expect(decisionOf("performance", { live: bad, ...performance("suggest") })).toMatchObject({
      state: "fires",
      mode: "suggest",
    });
  });
});

it("never starts two runs, whatever the facts are and however often they are looked at", () => {
  const facts = fc.record({
    rmse: fc.double({ min: 0, max: 60 }),
    feedback: fc.integer({ min: 0, max: 2000 }),
    psi: fc.double({ min: 0, max: 1 }),
    cooldownHours: fc.integer({ min: 0, max: 48 }),
  });
  fc.assert(
    fc.property(fc.array(facts, { minLength: 2, maxLength: 30 }), (looks) => {
      const usedKeys = new Set<string>();
      let active: { id: number } | undefined;
      let starts = 0;
      for (const { rmse, feedback, psi, cooldownHours } of looks) {
        const driftReport = { ...shifted, features: [{ feature: "PM10", psi }] };
        const live = { feedback, rmse };
        const decisions = evaluateTriggers(
          { ...quietFacts, config: { ...config, cooldownHours }, usedKeys, active, live, driftReport },
          now,
        );
        const fired = decisions.filter(({ state }) => state === "fires");
        expect(fired.length).toBeLessThanOrEqual(active ? 0 : 1);
        for (const decision of fired) {
          if (decision.state !== "fires") continue;
          usedKeys.add(decision.condition.key);
          active = { id: ++starts };
        }
      }
      expect(starts).toBeLessThanOrEqual(1);
    }),
    { seed: 6, numRuns: 200 },
  );
});
