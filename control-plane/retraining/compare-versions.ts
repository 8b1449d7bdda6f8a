/** Is the new version better than production on the same rows? Pure. Fails closed: a number that is not there or not finite is no better. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { METRICS_OF_TASK, type ComparedMetric, type RetrainConfig } from "../api/retrain-config-schema.ts";
import type { Compared, Evaluated } from "../api/retrain-schemas.ts";
import type { StepFailure } from "./step-failure.ts";

export function compareVersions(
  { on, rows, metrics, production }: Evaluated,
  { task, compare }: Pick<RetrainConfig, "task" | "compare">,
): Result<Compared, StepFailure> {
  const metric: ComparedMetric = compare.metric ?? METRICS_OF_TASK[task][0];
  const { improvementPercentMin } = compare;
  const candidate = metrics[metric];
  if (candidate === undefined || !Number.isFinite(candidate))
    return fail({ reason: "metric_not_measured", metric, of: "the new model" });
  const base = { on, rows, metric, candidate, improvementPercentMin };
  const where = `on ${rows} ${on} rows`;
  if (production === null) {
    const sentence = `${metric} ${candidate.toPrecision(5)} ${where}; nothing is in production to compare with`;
    return succeed({ ...base, production: null, improvementPercent: null, isBetter: true, sentence });
  }
  const value = production.metrics[metric];
  if (value === undefined || !Number.isFinite(value))
    return fail({ reason: "metric_not_measured", metric, of: production.version });
  const improvementPercent = value > 0 ? (1 - candidate / value) * 100 : 0;
  const isBetter = candidate < value && improvementPercent >= improvementPercentMin;
  const least = improvementPercentMin > 0 ? `, and ${improvementPercentMin} % better is asked for` : "";
  const numbers = `${metric} ${candidate.toPrecision(5)} against ${value.toPrecision(5)} of ${production.version} ${where}`;
  const difference = `${Math.abs(improvementPercent).toFixed(2)} % ${improvementPercent >= 0 ? "better" : "worse"}`;
  const sentence = `${isBetter ? "better" : "not better"}: ${numbers} (${difference}${isBetter ? "" : least})`;
  return succeed({ ...base, production: { version: production.version, value }, improvementPercent, isBetter, sentence });
}
