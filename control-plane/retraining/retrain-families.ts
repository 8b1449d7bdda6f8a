/** Retraining's part of /metrics. */
import { and, count, eq, inArray, max } from "drizzle-orm";
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import { familyOf, type MetricFamily } from "../metrics/metric-family.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { retrainConfigs, retrainEvents, retrainRuns } from "../registry/retrain-schema.ts";
import { ACTIVE_STATES, isActive, isOver, RUN_STATES } from "./run-state.ts";

const OUTCOMES = RUN_STATES.filter(isOver);

export const retrainFamilies =
  (registry: Registry): FamilySource =>
  () =>
    registry.read(readFamilies);

async function readFamilies(db: Queries): Promise<MetricFamily[]> {
  const lines = await db.selectDistinct({ model: retrainConfigs.model }).from(retrainConfigs).orderBy(retrainConfigs.model);
  const counted = await db
    .select({ model: retrainRuns.model, state: retrainRuns.state, runs: count() })
    .from(retrainRuns)
    .groupBy(retrainRuns.model, retrainRuns.state);
  const ended = await db
    .select({ model: retrainRuns.model, at: max(retrainRuns.finishedAt) })
    .from(retrainRuns)
    .groupBy(retrainRuns.model);
  // A suggestion is asked for when it is accepted, however long it had waited.
  const active = await db
    .select({ model: retrainRuns.model, createdAt: retrainRuns.createdAt, acceptedAt: retrainEvents.at })
    .from(retrainRuns)
    .leftJoin(retrainEvents, and(eq(retrainEvents.runId, retrainRuns.id), eq(retrainEvents.kind, "accepted")))
    .where(inArray(retrainRuns.state, [...ACTIVE_STATES]));
  const runsIn = (model: string, isWanted: (state: (typeof RUN_STATES)[number]) => boolean): number =>
    counted.filter((row) => row.model === model && isWanted(row.state)).reduce((sum, { runs }) => sum + runs, 0);
  return [
    familyOf(
      "retrain_runs_total",
      CONTROL_PLANE_METRICS.retrain_runs_total,
      // Outcomes that nobody has seen yet are said too: a series that first appears with 1 has no increase.
      lines.flatMap(({ model }) =>
        OUTCOMES.map((outcome) => ({ labels: { model, outcome }, value: runsIn(model, (state) => state === outcome) })),
      ),
    ),
    familyOf(
      "retrain_running",
      CONTROL_PLANE_METRICS.retrain_running,
      lines.map(({ model }) => ({ labels: { model }, value: runsIn(model, isActive) })),
    ),
    familyOf(
      "retrain_active_since_timestamp_seconds",
      CONTROL_PLANE_METRICS.retrain_active_since_timestamp_seconds,
      active.map(({ model, createdAt, acceptedAt }) => ({
        labels: { model },
        value: Date.parse(acceptedAt ?? createdAt) / 1000,
      })),
    ),
    familyOf(
      "retrain_suggestions",
      CONTROL_PLANE_METRICS.retrain_suggestions,
      lines.map(({ model }) => ({ labels: { model }, value: runsIn(model, (state) => state === "suggested") })),
    ),
    familyOf(
      "retrain_last_run_timestamp_seconds",
      CONTROL_PLANE_METRICS.retrain_last_run_timestamp_seconds,
      ended.flatMap(({ model, at }) => (at === null ? [] : [{ labels: { model }, value: Date.parse(at) / 1000 }])),
    ),
  ];
}
