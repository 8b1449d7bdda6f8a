/**
 * Live quality's part of /metrics: each version's figures over the last 24 hours of predictions, beside its baseline. Read from the registry at most
 * every few seconds, as often as it is filled.
 */
import { and, eq, gte, inArray } from "drizzle-orm";
import type { VersionQuality } from "../api/quality-schemas.ts";
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import { familyOf, type MetricFamily } from "../metrics/metric-family.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { liveEstimates } from "../registry/error-model-schema.ts";
import { liveQuality, liveReceipts, versionMetrics, versions } from "../registry/schema.ts";
import { hourOf } from "./live-quality.ts";
import { qualityReport } from "./quality-report.ts";

const METRIC_SPAN_MS = 24 * 3_600_000;
const KEPT_MS = 10_000;

export interface QualityFamiliesOptions {
  registry: Registry;
  now: () => Date;
}

type Figures = [model: string, quality: VersionQuality];
type Baseline = { model: string; number: number; rmse: number };

export function qualityFamilies({ registry, now }: QualityFamiliesOptions): FamilySource {
  let kept: { families: MetricFamily[]; untilMs: number } | undefined;
  return async function readQualityFamilies() {
    const to = now();
    if (kept && to.getTime() < kept.untilMs) return kept.families;
    const from = new Date(to.getTime() - METRIC_SPAN_MS);
    const families = await registry.read(async (db) => {
      const figures: Figures[] = [];
      for (const model of await modelsWithQuality(db, from)) {
        const report = await qualityReport(db, { model, from, to });
        figures.push(...report.versions.map((version): Figures => [model, version]));
      }
      return familiesOf(figures, await baselines(db));
    });
    kept = { families, untilMs: to.getTime() + KEPT_MS };
    return families;
  };
}

export function familiesOf(figures: readonly Figures[], baseline: readonly Baseline[]): MetricFamily[] {
  // What cannot be said is absent: a 0 would be the best RMSE there is.
  const of = (pick: (quality: VersionQuality) => number | null): Parameters<typeof familyOf>[2] =>
    figures.flatMap(([model, quality]) => {
      const value = pick(quality);
      return value === null ? [] : [{ labels: { model, version: quality.version }, value }];
    });
  return [
    gauge(
      "model_rmse",
      of(({ rmse }) => rmse),
    ),
    gauge(
      "model_mae",
      of(({ mae }) => mae),
    ),
    gauge(
      "model_bias",
      of(({ bias }) => bias),
    ),
    gauge(
      "model_absolute_error_p95",
      of(({ absoluteErrorP95 }) => absoluteErrorP95),
    ),
    gauge(
      "model_accuracy",
      of(({ accuracy }) => accuracy),
    ),
    gauge(
      "model_log_loss",
      of(({ logLoss }) => logLoss),
    ),
    gauge(
      "model_baseline_rmse",
      baseline.map(({ model, number, rmse }) => ({ labels: { model, version: `v${number}` }, value: rmse })),
    ),
    gauge(
      "model_rmse_estimated",
      of(({ estimate }) => estimate?.rmse ?? null),
    ),
    gauge(
      "model_rmse_estimated_rows",
      of(({ estimate }) => estimate?.rows ?? null),
    ),
    gauge(
      "feedback_count",
      of(({ count }) => count),
    ),
    gauge(
      "feedback_coverage_ratio",
      of(({ coverage }) => coverage),
    ),
    gauge(
      "feedback_delay_seconds",
      figures.flatMap(([model, { version, delay }]) =>
        delay === null
          ? []
          : [
              { labels: { model, version, quantile: "0.5" }, value: delay.p50Seconds },
              { labels: { model, version, quantile: "0.95" }, value: delay.p95Seconds },
            ],
      ),
    ),
    gauge(
      "model_disparate_impact_ratio",
      figures.flatMap(([model, { version, groups }]) =>
        groups.flatMap(({ group, disparateImpact }) =>
          group === null || disparateImpact === null ? [] : [{ labels: { model, version, group }, value: disparateImpact }],
        ),
      ),
    ),
  ];
}

// --- Not exported ---

const gauge = (name: keyof typeof CONTROL_PLANE_METRICS, values: Parameters<typeof familyOf>[2]): MetricFamily =>
  familyOf(name, CONTROL_PLANE_METRICS[name], values);

async function modelsWithQuality(db: Queries, from: Date): Promise<string[]> {
  const since = hourOf(from);
  const scored = await db.selectDistinct({ model: liveQuality.model }).from(liveQuality).where(gte(liveQuality.hour, since));
  const issued = await db.selectDistinct({ model: liveReceipts.model }).from(liveReceipts).where(gte(liveReceipts.hour, since));
  const estimated = await db
    .selectDistinct({ model: liveEstimates.model })
    .from(liveEstimates)
    .where(gte(liveEstimates.hour, since));
  return [...new Set([...scored, ...issued, ...estimated].map(({ model }) => model))].toSorted();
}

/** Of the versions that are served or may be next. */
async function baselines(db: Queries): Promise<Baseline[]> {
  return db
    .select({ model: versions.model, number: versions.number, rmse: versionMetrics.value })
    .from(versions)
    .innerJoin(versionMetrics, and(eq(versionMetrics.model, versions.model), eq(versionMetrics.number, versions.number)))
    .where(and(inArray(versions.stage, ["production", "staging"]), eq(versionMetrics.name, "rmse")));
}
