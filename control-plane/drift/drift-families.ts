/**
 * The drift part of /metrics: what the newest report of each model says (no report of one region, and none that a person asked for), and when its next
 * turn is due. A feature that was not judged for want of rows has no PSI, no KS and no verdict: absent is not "no drift".
 */
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { familyOf, type MetricFamily } from "../metrics/metric-family.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { eq } from "drizzle-orm";
import { versions } from "../registry/schema.ts";
import { lastTurn, newestReports, type ReportRow } from "./report-records.ts";
import { nextTurn, type DriftSchedule } from "./schedule.ts";

type Name = keyof typeof CONTROL_PLANE_METRICS;
type Values = Parameters<typeof familyOf>[2];

interface Counted {
  model: string;
  keyFeatures: string[];
  /** The first turn without a report. */
  due: Date | undefined;
}

export function driftFamilies(registry: Registry, schedule: DriftSchedule): FamilySource {
  return async function readDriftFamilies() {
    return registry.read(async (db) => {
      const reports = await newestReports(db);
      const counted = await countedModels(db, schedule);
      return [...reportFamilies(reports), ...countedFamilies(counted)];
    });
  };
}

export function reportFamilies(reports: readonly ReportRow[]): MetricFamily[] {
  const judged = reports.flatMap(({ model, report }) =>
    Object.entries(report.features).map(([feature, result]) => ({ labels: { model, feature }, result })),
  );
  const ofFeature = (
    name: Name,
    valueOf: (result: (typeof judged)[number]["result"]) => number | null | undefined,
  ): MetricFamily =>
    family(
      name,
      judged.flatMap(({ labels, result }) => {
        const value = valueOf(result);
        return typeof value === "number" && Number.isFinite(value) ? [{ labels, value }] : [];
      }),
    );
  return [
    ofFeature("drift_psi", (result) => result.psi?.psi),
    ofFeature("drift_ks_statistic", (result) => result.ks_test?.statistic),
    ofFeature("drift_detected", (result) => (result.drift_detected === null ? null : Number(result.drift_detected))),
    family(
      "drift_last_run_timestamp_seconds",
      reports.map(({ model, createdAt }) => ({ labels: { model }, value: Date.parse(createdAt) / 1000 })),
    ),
    family(
      "drift_rows",
      reports.flatMap(({ model, referenceRows, currentRows }) => [
        { labels: { model, side: "reference" }, value: referenceRows },
        { labels: { model, side: "current" }, value: currentRows },
      ]),
    ),
  ];
}

function countedFamilies(counted: readonly Counted[]): MetricFamily[] {
  return [
    family(
      "drift_key_feature",
      counted.flatMap(({ model, keyFeatures }) => keyFeatures.map((feature) => ({ labels: { model, feature }, value: 1 }))),
    ),
    family(
      "drift_turn_due_timestamp_seconds",
      counted.flatMap(({ model, due }) => (due ? [{ labels: { model }, value: due.getTime() / 1000 }] : [])),
    ),
  ];
}

/** Models whose production version has a reference: those that the schedule looks at. */
async function countedModels(db: Queries, schedule: DriftSchedule): Promise<Counted[]> {
  const inProduction = await db.select().from(versions).where(eq(versions.stage, "production")).orderBy(versions.model);
  const counted: Counted[] = [];
  for (const { model, manifestJson, createdAt } of inProduction) {
    const { reference } = manifestSchema.parse(JSON.parse(manifestJson));
    if (!reference) continue;
    const since = (await lastTurn(db, model)) ?? new Date(createdAt);
    counted.push({ model, keyFeatures: reference.keyFeatures, due: nextTurn(schedule, since) });
  }
  return counted;
}

const family = (name: Name, values: Values): MetricFamily => familyOf(name, CONTROL_PLANE_METRICS[name], values);
