/**
 * Whether a difference is drift: per test, per feature, and for the data set. Every comparison is made so that NaN decides nothing; who has
 * too few rows is not judged at all, which is neither drift nor its absence.
 */
import type { DriftRule } from "../../contract/drift-rule.ts";

export type DriftLevel = "none" | "moderate" | "significant";

/** @throws RangeError for NaN: PSI of counts is a number, always */
export function driftLevel(psi: number, { psiModerate, psiSignificant }: DriftRule): DriftLevel {
  if (psi >= psiSignificant) return "significant";
  if (psi >= psiModerate) return "moderate";
  if (psi < psiModerate) return "none";
  throw new RangeError(`PSI is ${psi}`);
}

export const psiDetectsDrift = (level: DriftLevel, { psiDetects }: DriftRule): boolean =>
  level === "significant" || (level === "moderate" && psiDetects === "moderate");

/** @param adjustedPValue after the correction for the number of features */
export const ksDetectsDrift = (statistic: number, adjustedPValue: number, { ksAlpha, ksMinimumEffect }: DriftRule): boolean =>
  adjustedPValue < ksAlpha && statistic >= ksMinimumEffect;

/** @param adjustedPValue after the correction for the number of features */
export const chiSquaredDetectsDrift = (
  cramersV: number,
  adjustedPValue: number,
  { ksAlpha, chiSquaredMinimumEffect }: DriftRule,
): boolean => adjustedPValue < ksAlpha && cramersV >= chiSquaredMinimumEffect;

export const missingShareDetectsDrift = (
  referenceShare: number,
  currentShare: number,
  { missingShareChange }: DriftRule,
): boolean => Math.abs(currentShare - referenceShare) >= missingShareChange;

export interface FeatureTests {
  psi: boolean;
  /** KS for a number, chi-squared for a category. */
  shape: boolean;
  missingShare: boolean;
}

/** A change in the share of missing values counts whichever test decides. */
export function featureHasDrifted(tests: FeatureTests, { feature }: DriftRule): boolean {
  if (tests.missingShare) return true;
  switch (feature) {
    case "psi":
      return tests.psi;
    case "shape":
      return tests.shape;
    case "any":
      return tests.psi || tests.shape;
    case "both":
      return tests.psi && tests.shape;
  }
}

export interface DatasetVerdict {
  /** Features that had enough data to be judged, and those of them that drifted. */
  judged: number;
  drifted: number;
  /** drifted / judged; 0 when none was judged. */
  share: number;
  driftDetected: boolean;
}

/** @param features whether each feature drifted; undefined for one that was not judged */
export function judgeDataset(features: readonly (boolean | undefined)[], { datasetShare }: DriftRule): DatasetVerdict {
  const judged = features.filter((drifted) => drifted !== undefined);
  const drifted = judged.filter(Boolean).length;
  const share = judged.length === 0 ? 0 : drifted / judged.length;
  return { judged: judged.length, drifted, share, driftDetected: drifted > 0 && share >= datasetShare };
}
