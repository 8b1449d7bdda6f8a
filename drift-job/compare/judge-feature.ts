/** One feature's part of the report: the statistics that follow from its counts, and what the rule says of each. Pure. */
import type { FeatureReport } from "../../contract/drift-report.ts";
import type { DriftRule } from "../../contract/drift-rule.ts";
import { chiSquared } from "../statistics/chi-squared.ts";
import {
  chiSquaredDetectsDrift,
  driftLevel,
  featureHasDrifted,
  ksDetectsDrift,
  missingShareDetectsDrift,
  psiDetectsDrift,
} from "../statistics/decision-rule.ts";
import { jensenShannon } from "../statistics/jensen-shannon.ts";
import { psiOfFeature, psiOfNoise } from "../statistics/psi.ts";
import { binLabel } from "./bin-label.ts";
import type { FeatureComparison, Side } from "./feature-comparison.ts";

export interface PValues {
  raw: number;
  /** After the correction for the number of features. */
  adjusted: number;
}

/** Why a feature cannot be judged; undefined when it can. */
export function notEnoughData({ reference, current }: FeatureComparison, { minimumRows }: DriftRule): string | undefined {
  for (const [side, { values, missing }] of [
    ["reference", reference],
    ["current", current],
  ] as const) {
    if (values >= minimumRows) continue;
    return values === 0 && missing > 0
      ? `all ${missing} rows of the ${side} are missing`
      : `the ${side} has ${values} rows with a value, ${minimumRows} are needed`;
  }
  return undefined;
}

/** @param pValues of the feature's shape test; absent when it was not judged or there is nothing to test (a single category) */
export function judgeFeature(
  comparison: FeatureComparison,
  role: FeatureReport["role"],
  pValues: PValues | undefined,
  rule: DriftRule,
): FeatureReport {
  const { kind, reference, current, cells } = comparison;
  const shares = { reference: shareMissing(reference), current: shareMissing(current) };
  const reason = notEnoughData(comparison, rule);
  const isMissingJudged =
    reference.values + reference.missing >= rule.minimumRows && current.values + current.missing >= rule.minimumRows;
  const missingDrift = isMissingJudged && missingShareDetectsDrift(shares.reference, shares.current, rule);
  const report: FeatureReport = {
    kind,
    role,
    status: reason === undefined ? "judged" : "not_enough_data",
    ...(reason === undefined ? {} : { reason }),
    reference_rows: reference.values + reference.missing,
    current_rows: current.values + current.missing,
    missing: {
      reference: reference.missing,
      current: current.missing,
      reference_share: shares.reference,
      current_share: shares.current,
      drift_detected: missingDrift,
    },
    drift_detected: missingDrift ? true : null,
  };
  if (reason !== undefined || cells === undefined) return report;
  addKs(report, comparison, pValues, rule);
  addCategories(report, comparison, pValues, rule);
  const { psi, bins } = psiOfFeature(cells.reference, cells.current, rule.psiBins, rule.psiFloor);
  const level = driftLevel(psi, rule);
  report.psi = {
    psi,
    drift_level: level,
    drift_detected: psiDetectsDrift(level, rule),
    bins: bins.map(({ from, to, referenceCount, currentCount, term }) => ({
      label: binLabel(cells.reference, from, to),
      reference: referenceCount,
      current: currentCount,
      psi: term,
    })),
    expected_without_drift: psiOfNoise(
      bins.filter(({ referenceCount, currentCount }) => referenceCount + currentCount > 0).length,
      report.reference_rows,
      report.current_rows,
    ),
  };
  const distance = jensenShannon(cells.reference.counts, cells.current);
  if (distance !== undefined) report.jensen_shannon = Math.min(1, distance);
  addShape(report, comparison);
  const shape = report.ks_test?.drift_detected ?? report.chi_squared_test?.drift_detected ?? false;
  report.drift_detected = featureHasDrifted({ psi: report.psi.drift_detected, shape, missingShare: missingDrift }, rule);
  return report;
}

function addKs(report: FeatureReport, { ks }: FeatureComparison, pValues: PValues | undefined, rule: DriftRule): void {
  if (ks === undefined || pValues === undefined) return;
  report.ks_test = {
    statistic: ks.statistic,
    p_value: pValues.raw,
    drift_detected: ksDetectsDrift(ks.statistic, pValues.adjusted, rule),
    p_value_adjusted: pValues.adjusted,
    p_below_alpha: pValues.adjusted < rule.ksAlpha,
    method: ks.method,
    location: ks.location,
    direction: ks.sign === 1 ? "up" : "down",
    ...(ks.bounds === undefined ? {} : { bounds: ks.bounds }),
  };
}

function addCategories(
  report: FeatureReport,
  { cells, unseen }: FeatureComparison,
  pValues: PValues | undefined,
  rule: DriftRule,
): void {
  if (cells?.reference.kind !== "categorical") return;
  // Missing values have their own test; the cell of other categories is the last but one.
  const test = chiSquared(cells.reference.counts.slice(0, -1), cells.current.slice(0, -1));
  if (test !== undefined && pValues !== undefined) {
    report.chi_squared_test = {
      statistic: test.statistic,
      degrees_of_freedom: test.degreesOfFreedom,
      p_value: pValues.raw,
      drift_detected: chiSquaredDetectsDrift(test.cramersV, pValues.adjusted, rule),
      p_value_adjusted: pValues.adjusted,
      cramers_v: test.cramersV,
    };
  }
  if (unseen !== undefined) report.unseen = { current: unseen, current_share: unseen / Math.max(1, report.current_rows) };
}

/** What goes on the page, and distances that are only known from rows. A distance too large for a double is left out. */
function addShape(report: FeatureReport, { wasserstein, histogram, quantiles }: FeatureComparison): void {
  if (wasserstein !== undefined && Number.isFinite(wasserstein.distance)) {
    const standardised = wasserstein.distance / wasserstein.referenceDeviation;
    report.wasserstein = { distance: wasserstein.distance, ...(Number.isFinite(standardised) ? { standardised } : {}) };
  }
  if (histogram !== undefined) report.histogram = histogram;
  if (quantiles !== undefined) report.quantiles = quantiles;
}

const shareMissing = ({ values, missing }: Side): number => (values + missing === 0 ? 0 : missing / (values + missing));
