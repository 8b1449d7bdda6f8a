/**
 * The gate "drift": the evaluation set still resembles what the candidate was trained on. By default it warns: a set of another time or place makes a
 * quality verdict weak, and the version no worse. Pure; the rows are counted in evaluation/set-drift.ts.
 */
import type { DriftEvidence } from "./evidence.ts";
import { gapSentence } from "./gap-sentence.ts";
import type { Measured } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import { failed, inconclusive, pass, type Finding, type Numbers } from "./verdict.ts";

const FEATURES_NAMED = 3;
const FEATURES_NUMBERED = 20;

export function judgeDrift(evidence: Measured<DriftEvidence>, { psiMax, rowsMin }: GatePolicy["drift"]): Finding {
  if (evidence.state === "missing") return inconclusive(evidence.gap.reason, gapSentence(evidence.gap));
  const { rows, features } = evidence.value;
  if (features.length === 0) {
    return inconclusive("no_feature_compared", "the candidate's reference has none of the features that it takes");
  }
  const ranked = features.toSorted((one, other) => (other.psi ?? 0) - (one.psi ?? 0));
  const referenceRows = Math.min(...features.map((feature) => feature.referenceRows));
  const numbers: Numbers = { rows, referenceRows, psiMax };
  for (const { feature, psi } of ranked.slice(0, FEATURES_NUMBERED)) numbers[`${feature}.psi`] = psi;
  if (!(rows >= rowsMin && referenceRows >= rowsMin)) {
    return inconclusive(
      "rows_too_few",
      `${rows} rows of the set and ${referenceRows} of the reference, and ${rowsMin} of each are needed`,
      numbers,
    );
  }
  const undefinedOf = features.find(({ psi }) => !Number.isFinite(psi));
  if (undefinedOf) return inconclusive("psi_undefined", `PSI of ${undefinedOf.feature} is not defined on these rows`, numbers);
  const unlike = ranked.filter(({ psi }) => !((psi as number) <= psiMax));
  if (unlike.length > 0) {
    return failed(
      "set_unlike_training",
      `${unlike.length} of ${features.length} features no longer as in training: PSI ${shown(unlike)}; the limit is ${psiMax}`,
      numbers,
    );
  }
  return pass(
    "set_like_training",
    `${features.length} features as in training on ${rows} rows: PSI ${shown(ranked)}; the limit is ${psiMax}`,
    numbers,
  );
}

function shown(ranked: DriftEvidence["features"]): string {
  const named = ranked.slice(0, FEATURES_NAMED).map(({ feature, psi }) => `${feature} ${(psi as number).toFixed(3)}`);
  return `${named.join(", ")}${ranked.length > named.length ? " and less" : ""}`;
}
