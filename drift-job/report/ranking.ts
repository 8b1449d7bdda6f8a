/** The order in which features are shown: what drifted first, then by strength; what could not be judged last. And a sentence for each. Pure. */
import type { DriftReport, FeatureReport } from "../../contract/drift-report.ts";
import { driftStrength } from "../compare/build-report.ts";
import { percent, shortNumber } from "./markup.ts";

export interface RankedFeature {
  name: string;
  feature: FeatureReport;
}

export function rankedFeatures({ features }: DriftReport): RankedFeature[] {
  return Object.entries(features)
    .map(([name, feature]) => ({ name, feature }))
    .toSorted(
      (a, b) =>
        group(a.feature) - group(b.feature) || driftStrength(b.feature) - driftStrength(a.feature) || (a.name < b.name ? -1 : 1),
    );
}

const group = ({ drift_detected: isDrifted }: FeatureReport): number => (isDrifted === true ? 0 : isDrifted === false ? 1 : 2);

export type FeatureState = "drifted" | "moderate" | "steady" | "unknown";

export function stateOf({ drift_detected: isDrifted, psi }: FeatureReport): FeatureState {
  if (isDrifted === null) return "unknown";
  if (isDrifted) return "drifted";
  return psi?.drift_level === "moderate" ? "moderate" : "steady";
}

export const STATE_WORDS: Record<FeatureState, string> = {
  drifted: "drifted",
  moderate: "moderate",
  steady: "steady",
  unknown: "not enough data",
};

/** What happened to the feature, for someone who does not read statistics. */
export function featureSentence(feature: FeatureReport): string {
  const { ks_test: ks, psi, missing, unseen, reason } = feature;
  const parts: string[] = [];
  if (reason !== undefined) parts.push(`Not judged: ${reason}.`);
  if (ks !== undefined && ks.statistic > 0) {
    const known =
      ks.bounds === undefined ? shortNumber(ks.statistic) : `${shortNumber(ks.bounds.low)} to ${shortNumber(ks.bounds.high)}`;
    parts.push(
      `The share of values up to ${shortNumber(ks.location)} ${ks.direction === "up" ? "fell" : "rose"} by ${ks.bounds === undefined ? `${percent(ks.statistic).replace(" %", "")} points` : "the KS gap"}, the largest gap anywhere (KS ${known}).`,
    );
  }
  const widest = psi?.bins.toSorted((a, b) => b.psi - a.psi)[0];
  if (psi !== undefined && widest !== undefined && widest.psi > 0 && ks === undefined)
    parts.push(
      `The largest change is in ${widest.label}: ${percent(widest.reference / feature.reference_rows)} of the reference, ${percent(widest.current / feature.current_rows)} now.`,
    );
  if (unseen !== undefined && unseen.current > 0)
    parts.push(`${percent(unseen.current_share)} of the rows have a category that the reference has not.`);
  if (missing.drift_detected)
    parts.push(`Missing values went from ${percent(missing.reference_share)} to ${percent(missing.current_share)}.`);
  return parts.join(" ");
}
