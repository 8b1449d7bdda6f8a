/**
 * The SLA's part of /metrics: whether each objective is kept over the last 30 days, and its budget, from the report that `edgewise sla` prints.
 * Computed at most once a minute, and less often when adding up the minutes takes long: 30 full days take about half a second of this process.
 */
import type { Objective } from "../api/sla-schemas.ts";
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import { familyOf, type MetricFamily } from "../metrics/metric-family.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Registry } from "../registry/database.ts";
import { MINUTE_MS } from "./minute.ts";
import { readSlaReport } from "./read-report.ts";
import { spanBefore } from "./span.ts";
import type { SlaTargets } from "./targets.ts";

const METRIC_SPAN_MS = 30 * 86_400_000;
/** Of the time, the share that computing may take. */
const COMPUTING_SHARE_MAX = 0.005;

export interface SlaFamiliesOptions {
  registry: Registry;
  targets: SlaTargets;
  now: () => Date;
}

export function slaFamilies({ registry, targets, now }: SlaFamiliesOptions): FamilySource {
  let kept: { families: MetricFamily[]; untilMs: number } | undefined;
  return async function readSlaFamilies() {
    const startedAt = now();
    if (kept && startedAt.getTime() < kept.untilMs) return kept.families;
    const span = spanBefore(startedAt, METRIC_SPAN_MS);
    const report = await readSlaReport(registry, targets, span);
    const tookMs = now().getTime() - startedAt.getTime();
    // Until the minute under way is over there is nothing new to add.
    const untilMs = Math.max(span.to.getTime() + MINUTE_MS, startedAt.getTime() + tookMs / COMPUTING_SHARE_MAX);
    kept = { families: report ? familiesOf(report.objectives, report.coverage) : [], untilMs };
    return kept.families;
  };
}

export function familiesOf(objectives: readonly Objective[], coverage: number): MetricFamily[] {
  const { sla_objective_met, sla_error_budget_left_ratio, sla_coverage_ratio } = CONTROL_PLANE_METRICS;
  return [
    familyOf(
      "sla_objective_met",
      sla_objective_met,
      objectives.flatMap((row) => {
        const isMet = isKept(row);
        return isMet === undefined ? [] : [{ labels: labelsOf(row), value: isMet ? 1 : 0 }];
      }),
    ),
    familyOf(
      "sla_error_budget_left_ratio",
      sla_error_budget_left_ratio,
      objectives.flatMap((row) => (row.budgetLeft === null ? [] : [{ labels: labelsOf(row), value: row.budgetLeft }])),
    ),
    familyOf("sla_coverage_ratio", sla_coverage_ratio, [{ labels: {}, value: coverage }]),
  ];
}

const labelsOf = ({ objective, model }: Objective): Record<string, string> => ({ objective, model: model ?? "" });

/** Whether what is known keeps the target, whether or not enough is known to call it met; undefined without data. */
function isKept({ compliance, current, target, comparison, isAtLeast }: Objective): boolean | undefined {
  switch (compliance) {
    case "met":
      return true;
    case "missed":
      return false;
    case "no_data":
      return undefined;
    case "not_enough_data":
      if (current === null) return undefined;
      if (comparison === "at_least") return current >= target;
      // A lower bound can show that a target is missed, never that it is kept.
      return !isAtLeast && (comparison === "below" ? current < target : current <= target);
  }
}
