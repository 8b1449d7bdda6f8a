/**
 * Whether a promotion is taken back, given what it has shown and what was taken back before. Never a loop: what came by a rollback is not rolled back, and after
 * an automatic rollback none follows for the cooldown. Pure; `now` is an argument.
 */
import type { ArmCounts, Finding, ReleasePolicy } from "../api/rollout-schemas.ts";
import { judgeShare, type QualityFact } from "../rollouts/judge-arms.ts";

export interface BakeEvidence {
  /** Since the promotion was first looked at; undefined while the edge cannot be read. */
  arm: ArmCounts | undefined;
  refusals: number | undefined;
  quality: QualityFact;
}

/** P95 within the limit is another way to say it. */
const SLOW_SHARE_MAX = 0.05;

export function judgeBake({ arm, refusals, quality }: BakeEvidence, policy: ReleasePolicy): Finding[] {
  const { errorShareMax, p95MsMax, rmseMax, refusalsMax, requestsMin, truthsMin } = policy;
  if (arm === undefined || refusals === undefined) {
    return [
      {
        metric: "errors",
        outcome: "inconclusive",
        text: "no counts yet: the version was not looked at, or the edge cannot be read",
      },
    ];
  }
  const findings: Finding[] = [];
  if (errorShareMax !== undefined) {
    const share = { count: arm.errors, of: arm.requests };
    findings.push({ metric: "errors", ...judgeShare(share, errorShareMax, requestsMin, "answered with an error") });
  }
  if (p95MsMax !== undefined) {
    const share = { count: arm.slow, of: arm.timed };
    findings.push({ metric: "latency", ...judgeShare(share, SLOW_SHARE_MAX, requestsMin, `slower than ${p95MsMax} ms`) });
  }
  if (refusalsMax !== undefined) {
    const text = `${refusals} isolates refused the release because of the version, allowed are ${refusalsMax}`;
    findings.push({ metric: "refusals", outcome: refusals <= refusalsMax ? "pass" : "fail", text });
  }
  if (rmseMax !== undefined) findings.push({ metric: "live_rmse", ...judgeRmse(quality, rmseMax, truthsMin) });
  return findings;
}

function judgeRmse({ count, rmse }: QualityFact, rmseMax: number, truthsMin: number): Omit<Finding, "metric"> {
  const text = `live RMSE ${rmse === null ? "unknown" : rmse.toFixed(3)} of ${count} predictions, allowed is ${rmseMax}`;
  if (!(count >= truthsMin) || rmse === null)
    return { outcome: "inconclusive", text: `${text}: ${count} of ${truthsMin} truths` };
  if (rmse <= rmseMax) return { outcome: "pass", text };
  return { outcome: rmse > rmseMax ? "fail" : "inconclusive", text };
}

export interface RollbackFacts {
  /** How the version that is to be taken back came into production. */
  cameBy: "promote" | "rollback";
  lastAutomaticMs: number | undefined;
  /** The version that a rollback would bring back. */
  target: number | undefined;
}

export type RollbackDecision = { act: "rollback"; target: number } | { act: "hold_back"; why: string };

/** Whether the rules let an automatic rollback happen that evidence or an alert asks for. */
export function decideRollback(
  { cameBy, lastAutomaticMs, target }: RollbackFacts,
  policy: ReleasePolicy,
  nowMs: number,
): RollbackDecision {
  if (cameBy !== "promote") return { act: "hold_back", why: "the version came by a rollback itself" };
  if (target === undefined) return { act: "hold_back", why: "there is no earlier production version" };
  const cooldownMs = policy.cooldownMinutes * 60_000;
  // Positively: a clock that was set back, or is no number, counts as within the cooldown.
  const isCool = lastAutomaticMs === undefined || nowMs - lastAutomaticMs >= cooldownMs;
  if (!isCool)
    return { act: "hold_back", why: `the last automatic rollback was less than ${policy.cooldownMinutes} minutes ago` };
  return { act: "rollback", target };
}
