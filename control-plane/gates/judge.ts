/** All verdicts on one version: evidence and policy in, verdicts and a decision out. Pure, so that a past promotion can be judged again by another policy. */
import { judgeDrift } from "./drift.ts";
import { evidenceSha256, type Evidence } from "./evidence.ts";
import { judgeFairness } from "./fairness.ts";
import { judgeFit } from "./fit.ts";
import { judgeLatency } from "./latency.ts";
import type { GateOutcome } from "./gate-run.ts";
import { missing } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import { judgeQuality } from "./quality.ts";
import { judgeSignOff, type SignOffFacts } from "./sign-off.ts";
import { GATES, type Finding, type Gate, type GateLevel, type Verdict } from "./verdict.ts";

export interface Judgement {
  /** In the order of GATES; a gate that is off has none. */
  verdicts: Verdict[];
  /** The blocking verdicts that are no pass. Empty: the version may be promoted. In a dry run they stop nothing. */
  stoppedBy: Verdict[];
  mayPromote: boolean;
}

export function judge(evidence: Evidence, signOff: SignOffFacts, policy: GatePolicy): Judgement {
  const find = finders(evidence, signOff, policy);
  const verdicts = GATES.flatMap((gate): Verdict[] => {
    const level = levelOf(policy, gate);
    return level === "off" ? [] : [{ gate, level, ...find[gate]() }];
  });
  // Positively: whatever is not a pass stops, also an outcome that is yet to be invented.
  const stoppedBy = verdicts.filter(({ level, outcome }) => level === "block" && outcome !== "pass");
  return { verdicts, stoppedBy, mayPromote: policy.dryRun || stoppedBy.length === 0 };
}

function levelOf(policy: GatePolicy, gate: Gate): GateLevel {
  return gate === "sign_off" ? policy.signOff.level : policy[gate].level;
}

export const levelsOf = (policy: GatePolicy): Record<Gate, GateLevel> =>
  Object.fromEntries(GATES.map((gate) => [gate, levelOf(policy, gate)])) as Record<Gate, GateLevel>;

export const outcomeOf = ({ stoppedBy }: Judgement, policy: GatePolicy): GateOutcome =>
  stoppedBy.length === 0 ? "passed" : policy.dryRun ? "stopped_in_dry_run" : "stopped";

function finders(evidence: Evidence, signOff: SignOffFacts, policy: GatePolicy): Record<Gate, () => Finding> {
  return {
    fit: () => judgeFit(evidence.fit, policy.fit),
    quality: () => judgeQuality(evidence.quality, policy.quality),
    fairness: () => judgeFairness(evidence.fairness, policy.fairness),
    drift: () => judgeDrift(evidence.drift ?? missing({ reason: "not_measured" }), policy.drift),
    latency: () => judgeLatency(evidence.latency, policy.latency),
    sign_off: () => judgeSignOff(signOff, evidenceSha256(evidence)),
  };
}
