/** The gate "fairness": what each group's counts make of it, and what numbers that are none do. */
import { describe, expect, it } from "vitest";
import type { GroupEvidence } from "./evidence.ts";
import { fairnessOf, goodEvidence, goodSignOff, group } from "./evidence.fixture.ts";
import { judge } from "./judge.ts";
import { gatePolicy } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

const policy = gatePolicy.parse({ fairness: { level: "block" } });

/** The gate's verdict, and whether it lets a version pass. Evidence with a NaN has no digest, so no sign-off can be of it, and none is asked for. */
function ofGroups(...groups: GroupEvidence[]) {
  const evidence = { ...goodEvidence(), fairness: fairnessOf(groups) };
  const { verdicts, mayPromote } = judge(evidence, goodSignOff("0".repeat(64)), policy);
  return { ...(verdicts.find(({ gate }) => gate === "fairness") as Verdict), mayPromote };
}

describe("disparate impact", () => {
  it.each([
    [0.79, 395, "fail"],
    [0.8, 400, "pass"],
    [1.25, 625, "pass"],
    [1.26, 630, "fail"],
  ])("of %d is a %s", (ratio, favourable, outcome) => {
    const found = ofGroups(group("a", 1000, 500), group("b", 1000, favourable));
    expect(found.outcome).toBe(outcome);
    expect(found.numbers["b.disparateImpact"]).toBeCloseTo(ratio, 12);
  });

  it("is exact at its bounds for every size of the groups", () => {
    for (let privileged = 5; privileged <= 500; privileged += 5) {
      for (const rows of [100, 300, 700, 999]) {
        // 4/5 of the privileged rate, in groups of different sizes: a·5·n over n·(4·a) and the other way round.
        const at = (favourable: number, of: number) => ofGroups(group("a", rows * 5, privileged * 5), group("b", of, favourable));
        expect(at(privileged * 4, rows * 5).outcome).toBe("pass");
        expect(at(privileged * 5, rows * 4).outcome).toBe("pass");
      }
    }
  });

  it("of a group below the minimum is inconclusive, also when the rest is fine", () => {
    const small = ofGroups(group("a", 1000, 500), group("b", 99, 49), group("c", 1000, 500));
    expect(small).toMatchObject({ outcome: "inconclusive", reason: "group_too_small" });
    const smallPrivileged = ofGroups(group("a", 99, 50), group("b", 1000, 100));
    expect(smallPrivileged).toMatchObject({ outcome: "inconclusive", reason: "group_too_small" });
  });

  it("of a large group out of bounds fails, however small another is", () => {
    const found = ofGroups(group("a", 1000, 500), group("b", 3, 0), group("c", 1000, 300));
    expect(found).toMatchObject({ outcome: "fail", reason: "disparate_impact" });
    expect(found.sentence).toContain("c 0.600");
  });

  it("is not defined without a favourable outcome of the privileged group, without it, or with it alone", () => {
    expect(ofGroups(group("a", 500, 0), group("b", 500, 0))).toMatchObject({
      outcome: "inconclusive",
      reason: "privileged_rate_zero",
    });
    expect(ofGroups(group("b", 500, 9), group("c", 500, 9))).toMatchObject({
      outcome: "inconclusive",
      reason: "privileged_group_absent",
    });
    expect(ofGroups(group("a", 500, 9))).toMatchObject({ outcome: "inconclusive", reason: "one_group" });
    expect(ofGroups()).toMatchObject({ outcome: "inconclusive", reason: "privileged_group_absent" });
  });

  it.each<[string, Partial<GroupEvidence>, string]>([
    ["rows that weigh nothing", { weight: 0, favourable: 0 }, "ratio_undefined"],
    ["a weight that is NaN", { weight: Number.NaN }, "ratio_undefined"],
    ["favourable rows that are NaN", { favourable: Number.NaN }, "ratio_undefined"],
    ["NaN rows", { rows: Number.NaN }, "group_too_small"],
  ])("of a group with %s is inconclusive, shows no NaN, and hides no group that fails", (_name, wrong, reason) => {
    const undefinedGroup = { ...group("b", 500, 250), ...wrong };
    const found = ofGroups(group("a", 500, 250), undefinedGroup, group("c", 500, 250));
    expect(found).toMatchObject({ outcome: "inconclusive", reason, mayPromote: false });
    const { ["b.rows"]: _, ...shown } = found.numbers;
    expect(Object.values(shown).filter((value) => !Number.isFinite(value))).toEqual([]);
    const unfair = ofGroups(group("a", 500, 250), undefinedGroup, group("c", 500, 100));
    expect(unfair).toMatchObject({ outcome: "fail", reason: "disparate_impact" });
    expect(unfair.sentence).not.toContain("NaN");
  });

  it.each<[Partial<GroupEvidence>, string]>([
    [{ favourable: Number.NaN }, "privileged_rate_zero"],
    [{ weight: Number.NaN }, "ratio_undefined"],
    [{ rows: Number.NaN }, "group_too_small"],
  ])("against a privileged group with %j is inconclusive: %s", (wrong, reason) => {
    const found = ofGroups({ ...group("a", 500, 250), ...wrong }, group("b", 500, 250));
    expect(found).toMatchObject({ outcome: "inconclusive", reason, mayPromote: false });
  });

  it("has demographic parity and the errors by group beside it", () => {
    const found = ofGroups(group("a", 500, 250), { ...group("b", 500, 210), metrics: { rmse: 30 } });
    expect(found.numbers["demographicParityDifference"]).toBeCloseTo(0.08, 12);
    expect(found.numbers["b.rmse"]).toBe(30);
  });
});
