/** From comparisons to the report: corrected p-values, decisions, verdict and notes. Pure: `now` is an argument. The same for files and live. */
import { DRIFT_REPORT_SCHEMA, type DriftReport, type DriftSource, type FeatureReport } from "../../contract/drift-report.ts";
import type { DriftRule } from "../../contract/drift-rule.ts";
import { adjustPValues } from "../statistics/adjust-p-values.ts";
import { chiSquared } from "../statistics/chi-squared.ts";
import { judgeDataset } from "../statistics/decision-rule.ts";
import type { FeatureComparison } from "./feature-comparison.ts";
import { judgeFeature, notEnoughData, type PValues } from "./judge-feature.ts";

export interface ComparedFeature {
  name: string;
  role: FeatureReport["role"];
  comparison: FeatureComparison;
}

export interface ReportInput {
  now: Date;
  source: DriftSource;
  referenceRows: number;
  currentRows: number;
  features: readonly ComparedFeature[];
  rule: DriftRule;
  /** Of the reading, e.g. columns that were passed over. */
  notes?: readonly string[];
}

export function buildReport({ now, source, referenceRows, currentRows, features, rule, notes = [] }: ReportInput): DriftReport {
  // Only features that are judged count as tested: one without data must not make the others' correction harsher.
  const judged = features.map(({ comparison }) => notEnoughData(comparison, rule) === undefined);
  const pValues = features.map(({ comparison }, at) => (judged[at] === true ? rawPValue(comparison) : undefined));
  const tested = pValues.filter((pValue) => pValue !== undefined);
  const adjusted = adjustPValues(tested, rule.correction);
  let next = 0;
  const reports = features.map(({ name, role, comparison }, at): [string, FeatureReport] => {
    const raw = pValues[at];
    const pair: PValues | undefined = raw === undefined ? undefined : { raw, adjusted: adjusted[next++] as number };
    return [name, judgeFeature(comparison, role, pair, rule)];
  });
  const dataset = judgeDataset(
    reports.filter(([, { role }]) => role === "feature").map(([, { drift_detected: drifted }]) => drifted ?? undefined),
    rule,
  );
  const driftDetected =
    dataset.driftDetected || reports.some(([, { role, drift_detected: drifted }]) => role !== "feature" && drifted === true);
  return {
    schema: DRIFT_REPORT_SCHEMA,
    timestamp: now.toISOString(),
    source,
    reference_size: referenceRows,
    current_size: currentRows,
    drift_detected: driftDetected,
    verdict: verdictOf(reports, rule, driftDetected),
    dataset: { judged: dataset.judged, drifted: dataset.drifted, share: dataset.share, drift_detected: dataset.driftDetected },
    rule,
    notes: [...notes, ...notesOn(reports, rule)],
    features: Object.fromEntries(reports),
  };
}

function rawPValue({ ks, cells }: FeatureComparison): number | undefined {
  if (ks !== undefined) return ks.pValue;
  if (cells?.reference.kind !== "categorical") return undefined;
  return chiSquared(cells.reference.counts.slice(0, -1), cells.current.slice(0, -1))?.pValue;
}

/** What features are ranked by: PSI, or KS where there is no PSI. */
export const driftStrength = ({ psi, ks_test: ks }: FeatureReport): number => psi?.psi ?? ks?.statistic ?? -1;

const NAMES_SHOWN = 5;

function verdictOf(reports: readonly [string, FeatureReport][], rule: DriftRule, driftDetected: boolean): string {
  if (reports.every(([, { drift_detected: isDrifted }]) => isDrifted === null))
    return "Not enough data to say whether anything has drifted.";
  const names = reports
    .filter(([, { drift_detected: isDrifted }]) => isDrifted === true)
    .toSorted(([, a], [, b]) => driftStrength(b) - driftStrength(a))
    .map(([name]) => name);
  const unjudged = reports.filter(([, { drift_detected: isDrifted }]) => isDrifted === null).length;
  const listed =
    names.slice(0, NAMES_SHOWN).join(", ") + (names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "");
  const rest = unjudged === 0 ? "" : ` ${unjudged} had not enough data to be judged.`;
  if (names.length === 0)
    return `No drift in ${reports.length - unjudged} ${reports.length - unjudged === 1 ? "feature" : "features"}.${rest}`;
  const found = `${names.length} of ${reports.length - unjudged} features drifted: ${listed}.`;
  if (driftDetected) return `Drift: ${found}${rest}`;
  return `${found} That is less than the ${100 * rule.datasetShare} % from which the data set counts as drifted.${rest}`;
}

function notesOn(reports: readonly [string, FeatureReport][], rule: DriftRule): string[] {
  const notes: string[] = [];
  const byPAlone = reports
    .filter(([, { ks_test: ks }]) => ks?.p_below_alpha === true && !ks.drift_detected)
    .map(([name]) => name);
  if (byPAlone.length > 0)
    notes.push(
      `KS at p < ${rule.ksAlpha} alone would flag ${byPAlone.length} more (${byPAlone.slice(0, NAMES_SHOWN).join(", ")}${byPAlone.length > NAMES_SHOWN ? ", …" : ""}): with many rows any difference is significant, so the statistic must also reach ${rule.ksMinimumEffect}.`,
    );
  const noisy = reports
    .filter(([, { psi }]) => psi !== undefined && psi.expected_without_drift >= rule.psiModerate / 2)
    .map(([name]) => name);
  if (noisy.length > 0)
    notes.push(`So few rows show a PSI near ${rule.psiModerate} without any drift: ${noisy.slice(0, NAMES_SHOWN).join(", ")}.`);
  return notes;
}
