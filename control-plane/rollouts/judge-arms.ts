/**
 * What two versions' counts say of the newer one: each metric a finding, pass, fail or inconclusive, with its numbers. Fail needs to be sure, pass needs to be
 * confident, and everything else, no count at all included, is inconclusive. Pure.
 */
import type { ArmCounts, Finding, RolloutThresholds } from "../api/rollout-schemas.ts";
import { CONFIDENT, shareDifference, SURE, wilson, type Share } from "./rate-interval.ts";

/** Of one version since the step began, predictions whose truth has come. */
export interface QualityFact {
  count: number;
  rmse: number | null;
}

export interface ArmEvidence {
  /** Undefined: the edge cannot be read, or there is nothing yet to compare with. */
  arms: { stable: ArmCounts; canary: ArmCounts } | undefined;
  /** Releases refused because of a version, since the step began. */
  refusals: number | undefined;
  quality: { stable: QualityFact; canary: QualityFact };
}

export function judgeArms(
  { arms, refusals, quality }: ArmEvidence,
  thresholds: RolloutThresholds,
  requestsMin: number,
): Finding[] {
  const { errorShareMargin, slowShareMargin, latencyMs, requestsToFail } = thresholds;
  const bounds = { requestsToFail, requestsMin };
  if (arms === undefined || refusals === undefined) {
    return [
      {
        metric: "errors",
        outcome: "inconclusive",
        text: "no counts of this step yet: it was not looked at, or the edge cannot be read",
      },
    ];
  }
  const { stable, canary } = arms;
  const errors = [canary, stable].map(({ errors, requests }): Share => ({ count: errors, of: requests })) as [Share, Share];
  const slow = [canary, stable].map(({ slow, timed }): Share => ({ count: slow, of: timed })) as [Share, Share];
  return [
    { metric: "errors", ...compareShares(errors, errorShareMargin, bounds, "answered with an error") },
    { metric: "latency", ...compareShares(slow, slowShareMargin, bounds, `slower than ${latencyMs} ms`) },
    {
      metric: "refusals",
      outcome: refusals === 0 ? "pass" : "fail",
      text: `${refusals} isolates refused the release because of the version`,
    },
    ...judgeQuality(quality, thresholds),
  ];
}

/** A canary's share beside stable's. */
export function compareShares(
  [canary, stable]: [Share, Share],
  margin: number,
  { requestsToFail, requestsMin }: { requestsToFail: number; requestsMin: number },
  what: string,
): Omit<Finding, "metric"> {
  const text = `${shareText(canary)} of the canary's requests and ${shareText(stable)} of stable's were ${what}`;
  const isEnoughToFail = canary.of >= requestsToFail && stable.of >= requestsToFail;
  const sure = shareDifference(canary, stable, SURE);
  if (isEnoughToFail && sure !== undefined && sure.lower > margin) {
    return { outcome: "fail", text: `${text}: surely more than ${percent(margin)} worse` };
  }
  if (!(canary.of >= requestsMin)) {
    return { outcome: "inconclusive", text: `${text}: ${canary.of} of the ${requestsMin} requests that the step needs` };
  }
  const confident = shareDifference(canary, stable, CONFIDENT);
  if (confident !== undefined && confident.upper <= margin) return { outcome: "pass", text };
  return { outcome: "inconclusive", text: `${text}: too few to tell a difference of ${percent(margin)}` };
}

/** One version's share beside a limit, for the time after a promotion. */
export function judgeShare(share: Share, max: number, requestsMin: number, what: string): Omit<Finding, "metric"> {
  const text = `${shareText(share)} of the requests were ${what}, allowed is ${percent(max)}`;
  if (!(share.of >= requestsMin)) return { outcome: "inconclusive", text: `${text}: ${share.of} of ${requestsMin} requests` };
  const sure = wilson(share, SURE);
  if (sure !== undefined && sure.lower > max) return { outcome: "fail", text };
  return sure === undefined ? { outcome: "inconclusive", text } : { outcome: "pass", text };
}

/** Truth comes late or never: without enough of it quality is no finding at all, and holds nothing up. */
function judgeQuality({ stable, canary }: ArmEvidence["quality"], { rmseRatioMax, truthsMin }: RolloutThresholds): Finding[] {
  if (!(stable.count >= truthsMin && canary.count >= truthsMin)) return [];
  const ratio = (canary.rmse ?? Number.NaN) / (stable.rmse ?? Number.NaN);
  const text = `live RMSE ${number(canary.rmse)} of ${canary.count} predictions, stable's ${number(stable.rmse)} of ${stable.count}`;
  if (ratio <= rmseRatioMax) return [{ metric: "live_rmse", outcome: "pass", text }];
  if (ratio > rmseRatioMax) return [{ metric: "live_rmse", outcome: "fail", text: `${text}: over ${rmseRatioMax} times` }];
  return [{ metric: "live_rmse", outcome: "inconclusive", text }];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const shareText = ({ count, of }: Share): string => (of > 0 ? `${count} of ${of} (${percent(count / of)})` : "none");
const number = (value: number | null): string => (value === null ? "unknown" : value.toFixed(3));
