/** The gate "drift" within all of the gates: what each piece of evidence makes of it, and what it does to a promotion. */
import { expect, it } from "vitest";
import { evidence as evidenceSchema, evidenceSha256, type Evidence } from "./evidence.ts";
import { goodEvidence, goodSignOff } from "./evidence.fixture.ts";
import { judge, type Judgement } from "./judge.ts";
import { gatePolicy } from "./policy.ts";

/** By a policy that asks for nothing else; undefined: it does not say at which level. */
function judged(change: (evidence: Evidence) => void, level?: "block"): Judgement {
  const evidence = goodEvidence();
  change(evidence);
  return judge(evidence, goodSignOff("0".repeat(64)), gatePolicy.parse(level ? { drift: { level } } : {}));
}
const driftOf = ({ verdicts }: Judgement) => verdicts.find(({ gate }) => gate === "drift");

const measured =
  (rows: number, ...features: [string, number | null, number?][]) =>
  (evidence: Evidence) => {
    const value = { rows, features: features.map(([feature, psi, referenceRows = 9000]) => ({ feature, psi, referenceRows })) };
    evidence.drift = { state: "measured", value };
  };

it.each([
  ["at the limit", measured(1000, ["x", 0.2], ["y", 0]), "pass", "set_like_training"],
  ["above it in one feature", measured(1000, ["x", 0], ["y", 0.2001]), "fail", "set_unlike_training"],
  ["with few rows", measured(499, ["x", 9]), "inconclusive", "rows_too_few"],
  ["with no rows", measured(0, ["x", null]), "inconclusive", "rows_too_few"],
  ["with NaN rows", measured(Number.NaN, ["x", 0]), "inconclusive", "rows_too_few"],
  ["with few rows of the reference", measured(1000, ["x", 0], ["y", 0, 499]), "inconclusive", "rows_too_few"],
  ["with a feature that has no PSI", measured(1000, ["x", 0], ["y", null]), "inconclusive", "psi_undefined"],
  ["with a NaN", measured(1000, ["x", Number.NaN], ["y", 9]), "inconclusive", "psi_undefined"],
  ["of no feature", measured(1000), "inconclusive", "no_feature_compared"],
  ["from before the gate", (evidence: Evidence) => void delete evidence.drift, "inconclusive", "not_measured"],
])(
  "evidence %s has its verdict, and whatever is no pass stops where the policy asks for it",
  (_name, change, outcome, reason) => {
    const found = judged(change, "block");
    expect(driftOf(found)).toMatchObject({ outcome, reason });
    expect(found.mayPromote).toBe(outcome === "pass");
  },
);

it("names the features that are farthest, the farthest first", () => {
  const found = driftOf(judged(measured(1000, ["a", 0.1], ["b", 0.5], ["c", 0.9], ["d", 0.3], ["e", 0.4])));
  expect(found?.sentence).toContain("4 of 5 features no longer as in training: PSI c 0.900, b 0.500, e 0.400 and less");
  expect(found?.numbers).toMatchObject({ rows: 1000, referenceRows: 9000, "c.psi": 0.9, "a.psi": 0.1 });
});

it("warns unless the policy says otherwise, also where there is no reference", () => {
  for (const change of [
    measured(1000, ["x", 9]),
    (evidence: Evidence) => void (evidence.drift = { state: "missing", gap: { reason: "reference_absent", version: "v2" } }),
  ]) {
    const found = judged(change);
    expect(driftOf(found)).toMatchObject({ level: "warn" });
    expect(found).toMatchObject({ stoppedBy: [], mayPromote: true });
  }
});

it("leaves the digest of a run from before it as it was", () => {
  const { drift: _, ...before } = goodEvidence();
  expect(evidenceSchema.parse(before)).toEqual(before);
  expect(evidenceSha256(evidenceSchema.parse(before))).toBe(evidenceSha256(before));
});
