/**
 * Targets against what the stored minutes say: current value, compliance, error budget left. Pure.
 *
 * Time that nobody watched is neither good nor bad. A target is `met` only if enough of the span is known; uptime is `missed` whatever the
 * unknown time was once the known downtime alone is over what the whole span allows. A budget is that of the known time or requests: 1 is all
 * of it left, 0 none, below 0 overspent.
 */
import { LATENCY_BUCKETS_SECONDS } from "../../contract/metric-names.ts";
import type { LiveQuality } from "../api/quality-schemas.ts";
import type { Objective, SlaAnswer } from "../api/sla-schemas.ts";
import { driftChecked } from "./drift-checked.ts";
import { quantileOf, shareAbove } from "./latency-share.ts";
import type { SpanSum } from "./minute-records.ts";
import type { SlaSpan } from "./span.ts";
import type { SlaTargets } from "./targets.ts";

const SLOW_SHARE_ALLOWED = 0.05;
/** Predictions with truth before an RMSE is judged. */
const FEEDBACK_MIN = 100;

/** `driftChecks`: by model, until when its traffic had been looked at, ascending. */
export function slaReport(
  targets: SlaTargets,
  models: readonly string[],
  span: SlaSpan,
  sum: SpanSum,
  quality: ReadonlyMap<string, Pick<LiveQuality, "count" | "rmse">>,
  driftChecks: ReadonlyMap<string, readonly Date[]>,
): SlaAnswer {
  const spanSeconds = (span.to.getTime() - span.from.getTime()) / 1000;
  const knownSeconds = Math.min(sum.controlPlaneUpSeconds, spanSeconds);
  const coverage = spanSeconds > 0 ? knownSeconds / spanSeconds : 0;
  const isCovered = coverage >= targets.coverageRatioMin;
  return {
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    dataFrom: sum.dataFrom,
    coverage,
    coverageMin: targets.coverageRatioMin,
    unknownSeconds: spanSeconds - knownSeconds,
    downSeconds: knownSeconds - sum.edgeUpSeconds,
    requests: sum.requests,
    errors: sum.errors,
    scrapesSeen: sum.scrapesSeen,
    scrapesMissed: sum.scrapesMissed,
    objectives: [
      uptime(targets.uptimeRatio, { spanSeconds, knownSeconds, upSeconds: sum.edgeUpSeconds, isCovered }),
      latency(targets.p95Seconds, sum.latency, isCovered),
      errorRate(targets.errorRatio, sum, isCovered),
      ...models.flatMap((model) => [
        rmse(model, targets.rmseByModel.get(model) ?? targets.rmse, quality.get(model)),
        driftChecked(targets.driftCheckHours, model, driftChecks.get(model) ?? [], span),
      ]),
    ],
  };
}

// --- Not exported ---

interface Watched {
  spanSeconds: number;
  knownSeconds: number;
  upSeconds: number;
  isCovered: boolean;
}

function uptime(target: number, { spanSeconds, knownSeconds, upSeconds, isCovered }: Watched): Objective {
  const row = { objective: "uptime", model: null, target, comparison: "at_least", isAtLeast: false } as const;
  if (!(knownSeconds > 0)) return { ...row, current: null, compliance: "no_data", budgetLeft: null };
  const downSeconds = knownSeconds - upSeconds;
  const current = upSeconds / knownSeconds;
  const isMissedForCertain = downSeconds > spanSeconds * (1 - target) + ROUNDING_SECONDS;
  const isMet = downSeconds <= knownSeconds * (1 - target) + ROUNDING_SECONDS;
  const judged = isMet ? "met" : "missed";
  const compliance = isMissedForCertain ? "missed" : isCovered ? judged : "not_enough_data";
  return { ...row, current, compliance, budgetLeft: 1 - downSeconds / (knownSeconds * (1 - target)) };
}

function latency(target: number, counts: SpanSum["latency"], isCovered: boolean): Objective {
  const row = { objective: "latency_p95", model: null, target, comparison: "below" } as const;
  const p95 = quantileOf(counts, LATENCY_BUCKETS_SECONDS, 0.95);
  const slow = shareAbove(counts, LATENCY_BUCKETS_SECONDS, target);
  if (p95 === undefined || slow === undefined) {
    return { ...row, current: null, isAtLeast: false, compliance: "no_data", budgetLeft: null };
  }
  const isMet = !p95.isAtLeast && p95.seconds < target;
  return {
    ...row,
    current: p95.seconds,
    isAtLeast: p95.isAtLeast,
    compliance: complianceOf(isMet, isCovered),
    budgetLeft: 1 - slow / SLOW_SHARE_ALLOWED,
  };
}

function errorRate(target: number, { requests, errors }: SpanSum, isCovered: boolean): Objective {
  const row = { objective: "error_rate", model: null, target, comparison: "below", isAtLeast: false } as const;
  if (!(requests > 0)) return { ...row, current: null, compliance: "no_data", budgetLeft: null };
  const current = errors / requests;
  return { ...row, current, compliance: complianceOf(current < target, isCovered), budgetLeft: 1 - current / target };
}

/** Time is not what is watched here: a truth counts whenever it was collected. Too little of it, and nothing is said to be met. */
function rmse(model: string, target: number, quality: Pick<LiveQuality, "count" | "rmse"> | undefined): Objective {
  const current = quality?.rmse ?? null;
  const row = { ...withoutData("model_rmse", model, target, "below"), current };
  if (current === null || quality === undefined) return row;
  const compliance = complianceOf(current < target, quality.count >= FEEDBACK_MIN);
  return { ...row, compliance, budgetLeft: 1 - current / target };
}

/** The objective of a model whose live quality is not measured. */
const withoutData = (objective: "model_rmse", model: string, target: number, comparison: Objective["comparison"]): Objective => ({
  objective,
  model,
  target,
  comparison,
  current: null,
  isAtLeast: false,
  compliance: "no_data",
  budgetLeft: null,
});

/** Seconds are sums of thousands of fractions; a target is not missed by what adding them loses. */
const ROUNDING_SECONDS = 1e-6;

function complianceOf(isMet: boolean, isCovered: boolean): Objective["compliance"] {
  if (!isCovered) return "not_enough_data";
  return isMet ? "met" : "missed";
}
