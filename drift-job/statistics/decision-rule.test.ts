import { describe, expect, it } from "vitest";
import { DRIFT_RULE_DEFAULT } from "../../contract/drift-rule.ts";
import {
  chiSquaredDetectsDrift,
  driftLevel,
  featureHasDrifted,
  judgeDataset,
  ksDetectsDrift,
  missingShareDetectsDrift,
  psiDetectsDrift,
} from "./decision-rule.ts";

const rule = DRIFT_RULE_DEFAULT;

describe("the decision rule", () => {
  it("has the levels < 0.1 none, 0.1 to 0.2 moderate, ≥ 0.2 significant", () => {
    expect([0, 0.0999, 0.1, 0.1999, 0.2, 7].map((psi) => driftLevel(psi, rule))).toEqual([
      "none",
      "none",
      "moderate",
      "moderate",
      "significant",
      "significant",
    ]);
    expect(() => driftLevel(Number.NaN, rule)).toThrow("PSI is NaN");
  });

  it("lets PSI detect from the level that is asked for", () => {
    expect((["none", "moderate", "significant"] as const).map((level) => psiDetectsDrift(level, rule))).toEqual([
      false,
      false,
      true,
    ]);
    const early = { ...rule, psiDetects: "moderate" as const };
    expect((["none", "moderate", "significant"] as const).map((level) => psiDetectsDrift(level, early))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("asks KS for a small p and an effect, and NaN detects nothing", () => {
    expect(ksDetectsDrift(0.1, 0.049, rule)).toBe(true);
    expect(ksDetectsDrift(0.099, 1e-300, rule)).toBe(false);
    expect(ksDetectsDrift(0.5, 0.05, rule)).toBe(false);
    expect(ksDetectsDrift(0.5, Number.NaN, rule)).toBe(false);
    expect(ksDetectsDrift(0.0005, 0.01, { ...rule, ksMinimumEffect: 0 })).toBe(true);
    expect(chiSquaredDetectsDrift(0.2, 0.01, rule)).toBe(true);
    expect(chiSquaredDetectsDrift(0.05, 0, rule)).toBe(false);
  });

  it("counts a changed share of missing values in both directions", () => {
    expect(missingShareDetectsDrift(0.02, 0.13, rule)).toBe(true);
    expect(missingShareDetectsDrift(0.5, 0.3, rule)).toBe(true);
    expect(missingShareDetectsDrift(0.02, 0.05, rule)).toBe(false);
  });

  it.each([
    ["psi", [false, true, false, true]],
    ["shape", [false, false, true, true]],
    ["any", [false, true, true, true]],
    ["both", [false, false, false, true]],
  ] as const)("decides a feature by %s", (feature, expected) => {
    const tests = [
      { psi: false, shape: false, missingShare: false },
      { psi: true, shape: false, missingShare: false },
      { psi: false, shape: true, missingShare: false },
      { psi: true, shape: true, missingShare: false },
    ];
    expect(tests.map((test) => featureHasDrifted(test, { ...rule, feature }))).toEqual(expected);
    expect(featureHasDrifted({ psi: false, shape: false, missingShare: true }, { ...rule, feature })).toBe(true);
  });

  it("judges the data set by the share of features that could be judged", () => {
    expect(judgeDataset([true, false, undefined, true], rule)).toEqual({
      judged: 3,
      drifted: 2,
      share: 2 / 3,
      driftDetected: true,
    });
    expect(judgeDataset([true, false, false], rule).driftDetected).toBe(false);
    expect(judgeDataset([undefined, undefined], rule)).toEqual({ judged: 0, drifted: 0, share: 0, driftDetected: false });
  });
});
