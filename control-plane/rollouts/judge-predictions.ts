/**
 * Whether the canary predicts what stable predicts, as a distribution: a finding beside the others, or the reason why there is none. As live RMSE it holds
 * nothing up where it cannot be had, unless the plan says that it must be. Pure.
 */
import type { Finding, RolloutThresholds } from "../api/rollout-schemas.ts";
import { distributionDistance, rowsOf, type CountedPredictions } from "./distribution-distance.ts";

/** What was counted of each since the step's first look; a sentence where nothing was that could be compared. */
export type PredictionEvidence = { stable: CountedPredictions; canary: CountedPredictions } | { why: string };

export type PredictionFinding = { finding: Finding } | { note: string };

/** Both rounded as the other intervals are: sure is 99.9 %, confident 95 %. */
const SURE_RISK = 0.001;
const CONFIDENT_RISK = 0.05;

export function judgePredictions(
  evidence: PredictionEvidence,
  { predictionDistanceMax: max, predictionRowsMin, mustComparePredictions }: RolloutThresholds,
): PredictionFinding {
  const uncompared = (why: string): PredictionFinding => {
    const text = `predictions were not compared: ${why}`;
    return mustComparePredictions ? { finding: { metric: "predictions", outcome: "inconclusive", text } } : { note: text };
  };
  if ("why" in evidence) return uncompared(evidence.why);
  const [stableRows, canaryRows] = [rowsOf(evidence.stable), rowsOf(evidence.canary)];
  if (!(stableRows >= predictionRowsMin && canaryRows >= predictionRowsMin)) {
    return uncompared(
      `${canaryRows} of the canary and ${stableRows} of stable were counted, ${predictionRowsMin} of each are needed`,
    );
  }
  const bounds = distributionDistance(evidence.stable, evidence.canary);
  if (bounds === undefined) return uncompared("one version predicts numbers and the other classes");
  const { low, high } = bounds;
  const text = `${percent(low)} to ${percent(high)} of ${canaryRows} predictions are elsewhere than stable's ${stableRows}, allowed is ${percent(max)}`;
  const found = (outcome: Finding["outcome"], more = ""): PredictionFinding => ({
    finding: { metric: "predictions", outcome, text: text + more },
  });
  if (low - chanceOf(stableRows, canaryRows, SURE_RISK) > max) return found("fail");
  if (high + chanceOf(stableRows, canaryRows, CONFIDENT_RISK) <= max) return found("pass");
  return found("inconclusive", ": too near to it to tell");
}

/**
 * How far two samples' distance may be from the true one: each empirical function is within √(ln(2/α)/2n) of its own, but for a risk of α (P. Massart, "The tight
 * constant in the Dvoretzky-Kiefer-Wolfowitz inequality", 1990); the risk is halved between the two.
 */
const chanceOf = (rows: number, otherRows: number, risk: number): number =>
  [rows, otherRows].reduce((sum, count) => sum + Math.sqrt(Math.log(4 / risk) / (2 * count)), 0);

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
