/** The drift trigger: is the PSI of a key feature above the limit in the newest stored report, and has no run begun since? Pure. */
import type { Condition, QuietWhy, TriggerFacts } from "./decision.ts";

const quiet = (because: QuietWhy): Condition => ({ holds: false, because });

export function driftCondition({ config, driftReport, last }: TriggerFacts): Condition {
  const { psiMax, keyFeatures } = config.triggers.drift;
  if (!driftReport) return quiet({ why: "no_drift_report" });
  const { id: report, at, features } = driftReport;
  if (last && !(at > last.createdAt)) return quiet({ why: "drift_report_older_than_run", report, runId: last.id });
  const names = keyFeatures.length > 0 ? keyFeatures : features.map(({ feature }) => feature);
  const known = names.flatMap((name) => features.filter(({ feature, psi }) => feature === name && Number.isFinite(psi)));
  // Those above the limit count, also when others could not be measured.
  const shifted = known.filter(({ psi }) => psi > psiMax).toSorted((one, other) => other.psi - one.psi);
  if (shifted.length === 0) {
    const absent = names.filter((name) => !known.some(({ feature }) => feature === name));
    const [largest] = known.toSorted((one, other) => other.psi - one.psi);
    if (!largest || absent.length > 0) return quiet({ why: "key_features_absent", report, absent });
    return quiet({ why: "psi_within_limit", report, psi: largest.psi, feature: largest.feature, limit: psiMax });
  }
  const list = shifted.map(({ feature, psi }) => `${feature} ${psi.toFixed(3)}`).join(", ");
  return {
    holds: true,
    condition: {
      key: `drift:${report}`,
      reason: `data drift: PSI of ${list} (limit ${psiMax}) in report ${report}`,
      evidence: { report, reportAt: at.toISOString(), psiMax, shifted },
    },
  };
}
