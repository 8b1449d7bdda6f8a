import { describe, expect, it } from "vitest";
import { evidenceSha256, type Evidence, type Gap } from "./evidence.ts";
import { goodEvidence, goodSignOff } from "./evidence.fixture.ts";
import { judge } from "./judge.ts";
import { defaultPolicy, gatePolicy } from "./policy.ts";
import type { SignOffFacts } from "./sign-off.ts";
import { GATES, type Gate } from "./verdict.ts";

const block = { level: "block" } as const;
const strict = gatePolicy.parse({ quality: block, fairness: block, drift: block, latency: block, signOff: block });

/** Everything on block. */
function judged(
  change: (evidence: Evidence) => void = () => undefined,
  policy = strict,
  signOff?: (facts: SignOffFacts) => void,
) {
  const evidence = goodEvidence();
  change(evidence);
  const facts = goodSignOff(evidenceSha256(evidence));
  signOff?.(facts);
  return judge(evidence, facts, policy);
}
const verdictOf = (gate: Gate, ...parameters: Parameters<typeof judged>) =>
  judged(...parameters).verdicts.find((verdict) => verdict.gate === gate);

it("lets a version pass when every gate does", () => {
  const { verdicts, stoppedBy, mayPromote } = judged();
  expect(verdicts.map(({ gate, outcome }) => [gate, outcome])).toEqual(GATES.map((gate) => [gate, "pass"]));
  expect(stoppedBy).toEqual([]);
  expect(mayPromote).toBe(true);
});

describe("quality", () => {
  const scored =
    (candidate: object, production: object | null, rows = 1000) =>
    (evidence: Evidence) => {
      if (evidence.quality.state === "measured") Object.assign(evidence.quality.value, { candidate, production, rows });
    };

  it("passes an equal RMSE and fails the least bit more, with both numbers", () => {
    expect(verdictOf("quality", scored({ rmse: 20 }, { rmse: 20 }))?.outcome).toBe("pass");
    const worse = verdictOf("quality", scored({ rmse: 20.000001 }, { rmse: 20 }));
    expect(worse).toMatchObject({
      outcome: "fail",
      reason: "rmse_worse",
      numbers: { "candidate.rmse": 20.000001, "production.rmse": 20 },
    });
  });

  it("compares the other way round where more is better", () => {
    const policy = gatePolicy.parse({ quality: { ...block, metrics: ["auc"] } });
    expect(verdictOf("quality", scored({ auc: 0.9 }, { auc: 0.8 }), policy)?.outcome).toBe("pass");
    expect(verdictOf("quality", scored({ auc: 0.79 }, { auc: 0.8 }), policy)).toMatchObject({
      outcome: "fail",
      reason: "auc_worse",
    });
  });

  it("lets pass what is worse by no more than the tolerance", () => {
    const policy = gatePolicy.parse({ quality: { ...block, toleranceRatio: 0.05 } });
    expect(verdictOf("quality", scored({ rmse: 21 }, { rmse: 20 }), policy)?.outcome).toBe("pass");
    expect(verdictOf("quality", scored({ rmse: 21.001 }, { rmse: 20 }), policy)?.outcome).toBe("fail");
  });

  it("passes a first version by that reason and no other", () => {
    expect(verdictOf("quality", scored({ rmse: 20 }, null))).toMatchObject({ outcome: "pass", reason: "no_production" });
    expect(verdictOf("quality", scored({ rmse: null }, null))?.outcome).toBe("inconclusive");
  });

  it.each([
    ["few rows", scored({ rmse: 20 }, { rmse: 21 }, 99), "rows_too_few"],
    ["no rows", scored({ rmse: 20 }, { rmse: 21 }, 0), "rows_too_few"],
    ["NaN rows", scored({ rmse: 20 }, { rmse: 21 }, Number.NaN), "rows_too_few"],
    ["a candidate's NaN", scored({ rmse: Number.NaN }, { rmse: 21 }), "metric_undefined"],
    ["no metric of the candidate", scored({}, { rmse: 21 }), "metric_undefined"],
    ["production's infinity", scored({ rmse: 20 }, { rmse: Infinity }), "metric_undefined"],
    ["production's null", scored({ rmse: 20 }, { rmse: null }), "metric_undefined"],
  ])("is inconclusive on %s", (_name, change, reason) => {
    const evidence = goodEvidence();
    change(evidence);
    const { verdicts, mayPromote } = judge(evidence, goodSignOff("0".repeat(64)), gatePolicy.parse({ quality: block }));
    expect(verdicts.find(({ gate }) => gate === "quality")).toMatchObject({ outcome: "inconclusive", reason });
    expect(mayPromote).toBe(false);
  });
});

describe("latency", () => {
  const measured = (change: object) => (evidence: Evidence) => {
    if (evidence.latency.state === "measured") Object.assign(evidence.latency.value, change);
  };

  it.each([
    [{ p95Ms: 99.9 }, "pass", "fast_enough"],
    [{ p95Ms: 100 }, "fail", "p95_over_limit"],
    [{ p95Ms: 5, coldMs: 5000 }, "pass", "fast_enough"],
    [{ failed: 1, firstFailure: "500 inference_failed" }, "fail", "requests_failed"],
    [{ requests: 299 }, "inconclusive", "requests_too_few"],
  ])("of %j is a %s", (change, outcome, reason) => {
    expect(verdictOf("latency", measured(change))).toMatchObject({ outcome, reason });
  });
});

describe("fit", () => {
  it.each<[string, (evidence: Evidence) => void, string, string]>([
    ["an operator no longer allowed", ({ fit }) => void (fit.operatorsRefused = ["ai.onnx:Loop"]), "fail", "operator_refused"],
    ["too many bytes", ({ fit }) => void (fit.artifactBytes = 13e6), "fail", "artifact_too_large"],
    ["no golden rows", ({ fit }) => void (fit.goldenRows = 0), "inconclusive", "golden_rows_absent"],
    ["no memory recorded", ({ fit }) => void (fit.wasmBytes.atLimits = 0), "inconclusive", "memory_unknown"],
    ["a swap over budget", ({ fit }) => void (fit.wasmBytes.production = 80e6), "fail", "swap_over_budget"],
  ])("with %s", (_name, change, outcome, reason) => {
    expect(verdictOf("fit", change)).toMatchObject({ outcome, reason });
  });

  it("judges the session's time only where the policy sets a limit", () => {
    const policy = gatePolicy.parse({ fit: { sessionCreateMsMax: 100 } });
    expect(verdictOf("fit", undefined, policy)).toMatchObject({ outcome: "fail", reason: "session_too_slow" });
  });
});

describe("sign-off", () => {
  it.each<[string, (facts: SignOffFacts) => void, string, string]>([
    ["nobody's", (facts) => void (facts.newest = null), "inconclusive", "sign_off_absent"],
    ["the registrant's", ({ newest, registeredBy }) => void (newest!.by = registeredBy), "fail", "signed_off_by_registrant"],
    [
      "the registrant's by another token",
      ({ newest }) => void (newest!.by = { tokenId: "other", name: "ci" }),
      "fail",
      "signed_off_by_registrant",
    ],
    [
      "one of other evidence",
      ({ newest }) => void (newest!.evidenceSha256 = "f".repeat(64)),
      "inconclusive",
      "sign_off_withdrawn",
    ],
  ])("%s does not count", (_name, change, outcome, reason) => {
    const found = judged(undefined, strict, change);
    expect(found.stoppedBy).toMatchObject([{ gate: "sign_off", outcome, reason }]);
    expect(found.mayPromote).toBe(false);
  });

  it("is void once any number of the evidence is another, and not by a later look alone", () => {
    const before = evidenceSha256(goodEvidence());
    const later = { ...goodEvidence(), collectedAt: "2026-11-26T00:00:00.000Z" };
    expect(evidenceSha256(later)).toBe(before);
    const other = goodEvidence();
    if (other.latency.state === "measured") other.latency.value.p99Ms += 1;
    expect(evidenceSha256(other)).not.toBe(before);
  });
});

describe("a gap in the evidence", () => {
  const gaps: Gap[] = [
    { reason: "not_measured" },
    { reason: "evidence_stale", what: "production has changed" },
    { reason: "run_signature_invalid", run: 3 },
    { reason: "set_unknown", set: null },
    { reason: "set_unreadable", set: "holdout", detail: 'row 3, column x: "a" is not a number' },
    { reason: "set_empty", set: "holdout" },
    { reason: "labels_missing", set: "holdout", rows: 10 },
    { reason: "groups_absent", set: "holdout" },
    { reason: "reference_absent", version: "v2" },
    { reason: "predictions_not_finite", version: "v2", rows: 1, firstRow: 7 },
    { reason: "scoring_failed", version: "v2", detail: "it ended" },
    { reason: "edge_token_absent" },
    { reason: "edge_unreachable", detail: "connection refused" },
    { reason: "not_staged", version: "v2" },
    { reason: "edge_refused", status: 503, code: "model_not_ready" },
  ];

  it.each(gaps)("$reason is inconclusive under its name in whichever gate, and nothing promotes", (gap) => {
    for (const gate of ["quality", "fairness", "drift", "latency"] as const) {
      const found = judged((evidence) => void (evidence[gate] = { state: "missing", gap }));
      expect(found.stoppedBy).toMatchObject([{ gate, outcome: "inconclusive", reason: gap.reason }]);
      expect(found.stoppedBy[0]?.sentence.length).toBeGreaterThan(10);
      expect(found.mayPromote).toBe(false);
    }
  });
});

describe("a policy", () => {
  const worse = (evidence: Evidence): void => {
    if (evidence.quality.state === "measured") evidence.quality.value.candidate = { rmse: 99 };
  };

  it("that only warns shows the failure and stops nothing", () => {
    const found = judged(worse, gatePolicy.parse({ quality: { level: "warn" } }));
    expect(found.verdicts.find(({ gate }) => gate === "quality")?.outcome).toBe("fail");
    expect(found).toMatchObject({ stoppedBy: [], mayPromote: true });
  });

  it("in a dry run says what it would have stopped", () => {
    const found = judged(worse, gatePolicy.parse({ dryRun: true, quality: block }));
    expect(found).toMatchObject({ stoppedBy: [{ gate: "quality" }], mayPromote: true });
  });

  it("of a line without one asks that it fits, and from the first evaluation set on that it is no worse", () => {
    const levels = (policy: ReturnType<typeof defaultPolicy>) =>
      [policy.fit, policy.quality, policy.fairness, policy.drift, policy.latency, policy.signOff].map(({ level }) => level);
    expect(levels(defaultPolicy(undefined))).toEqual(["block", "off", "off", "off", "off", "off"]);
    expect(levels(defaultPolicy({ hasGroups: false }))).toEqual(["block", "block", "off", "warn", "warn", "off"]);
    expect(levels(defaultPolicy({ hasGroups: true }))).toEqual(["block", "block", "block", "warn", "warn", "off"]);
  });
});
