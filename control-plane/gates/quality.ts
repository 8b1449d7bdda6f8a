/** The gate "quality": the candidate is no worse than production on the same rows. Pure. */
import type { MetricName, QualityEvidence } from "./evidence.ts";
import { gapSentence } from "./gap-sentence.ts";
import type { Measured } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import { failed, inconclusive, pass, type Finding, type Numbers } from "./verdict.ts";

const IS_HIGHER_BETTER: Record<MetricName, boolean> = {
  rmse: false,
  mae: false,
  r2: true,
  accuracy: true,
  log_loss: false,
  auc: true,
};

export function judgeQuality(evidence: Measured<QualityEvidence>, policy: GatePolicy["quality"]): Finding {
  if (evidence.state === "missing") return inconclusive(evidence.gap.reason, gapSentence(evidence.gap));
  const { task, rows, candidate, production, interval } = evidence.value;
  const numbers = numbersOf(evidence.value);
  if (!(rows >= policy.rowsMin)) {
    return inconclusive("rows_too_few", `${rows} rows with a label, and ${policy.rowsMin} are needed`, numbers);
  }
  const compared = policy.metrics ?? defaultMetrics(task, candidate);
  for (const metric of compared) {
    if (!isFinite(candidate[metric]))
      return inconclusive("metric_undefined", `${metric} of the candidate is not defined on these rows`, numbers);
  }
  if (production === null) {
    const shown = compared.map((metric) => `${metric} ${figure(candidate[metric])}`).join(", ");
    return pass("no_production", `there is no production version to compare with; ${shown} on ${rows} rows`, numbers);
  }
  for (const metric of compared) {
    const theirs = production[metric];
    if (!isFinite(theirs))
      return inconclusive("metric_undefined", `${metric} of the production version is not defined on these rows`, numbers);
    if (!isNoWorse(metric, candidate[metric] as number, theirs, policy.toleranceRatio)) {
      const within = policy.toleranceRatio > 0 ? ` by more than ${policy.toleranceRatio * 100} %` : "";
      return failed(
        `${metric}_worse`,
        `${metric} ${figure(candidate[metric])} is worse than production's ${figure(theirs)}${within}, on ${rows} rows`,
        numbers,
      );
    }
  }
  const shown = compared.map(
    (metric) => `${metric} ${figure(candidate[metric])} against production's ${figure(production[metric])}`,
  );
  const span = interval ? `; difference ${figure(interval.low)} to ${figure(interval.high)} (${interval.level * 100} %)` : "";
  return pass("no_worse", `${shown.join(", ")} on ${rows} rows${span}`, numbers);
}

function defaultMetrics(task: QualityEvidence["task"], candidate: QualityEvidence["candidate"]): MetricName[] {
  if (task === "regression") return ["rmse"];
  return candidate.log_loss === undefined ? ["accuracy"] : ["log_loss"];
}

function isNoWorse(metric: MetricName, candidate: number, production: number, toleranceRatio: number): boolean {
  const allowed = Math.abs(production) * toleranceRatio;
  return IS_HIGHER_BETTER[metric] ? candidate >= production - allowed : candidate <= production + allowed;
}

function numbersOf({ rows, candidate, production, interval }: QualityEvidence): Numbers {
  return {
    rows,
    ...named("candidate", candidate),
    ...(production ? named("production", production) : {}),
    ...(interval ? { "difference.low": interval.low, "difference.high": interval.high } : {}),
  };
}

const named = (who: string, of: QualityEvidence["candidate"]): Numbers =>
  Object.fromEntries(Object.entries(of).map(([metric, value]) => [`${who}.${metric}`, value]));

const isFinite = (value: number | null | undefined): value is number => Number.isFinite(value);

const figure = (value: number | null | undefined): string => (isFinite(value) ? String(Number(value.toPrecision(5))) : "-");
