/** What a rollout's step has shown so far, from the edge's counts and the registry's live quality. Reads only; what follows from it is decide-step.ts's. */
import { and, asc, eq, gte } from "drizzle-orm";
import { releaseKey } from "../../contract/names.ts";
import { rolloutThresholds, type RolloutEvidence } from "../api/rollout-schemas.ts";
import { liveQuality } from "../quality/live-quality.ts";
import type { Queries } from "../registry/database.ts";
import { outbox } from "../registry/schema.ts";
import { modelCounts, riseOf, type Baseline } from "./baseline.ts";
import { judgePredictions } from "./judge-predictions.ts";
import { predictionEvidence } from "./prediction-counts.ts";
import { judgeArms, type ArmEvidence } from "./judge-arms.ts";
import type { RolloutRow } from "./rollout-records.ts";

/** The edge's cumulative counters, or undefined while it cannot be read. */
export type EdgeCounters = ReadonlyMap<string, number> | undefined;

/** What the edge has counted by now of the two versions; undefined while it cannot be read. */
export function countsNow(counters: EdgeCounters, { model, number, stableNumber, plan }: RolloutRow): Baseline | undefined {
  if (counters === undefined) return undefined;
  const counts = modelCounts(counters, model, plan.thresholds.latencyMs);
  return { stable: counts.of(`v${stableNumber}`), canary: counts.of(`v${number}`), refusals: counts.refusals };
}

/** Since the step's baseline; undefined without one, or when a count is below it. */
export function riseSinceBaseline(now: Baseline | undefined, baseline: Baseline | null): Baseline | undefined {
  if (now === undefined || baseline === null) return undefined;
  const [stable, canary] = [riseOf(now.stable, baseline.stable), riseOf(now.canary, baseline.canary)];
  const refusals = now.refusals - baseline.refusals;
  return stable && canary && refusals >= 0 ? { stable, canary, refusals } : undefined;
}

export async function readEvidence(db: Queries, counters: EdgeCounters, row: RolloutRow, now: Date): Promise<RolloutEvidence> {
  const rise = riseSinceBaseline(countsNow(counters, row), row.baseline);
  const qualityOf = async (number: number): Promise<ArmEvidence["quality"]["stable"]> => {
    const query = { model: row.model, version: `v${number}`, from: new Date(row.stepStartedAt), to: now };
    const { count, rmse } = await liveQuality(db, query);
    return { count, rmse };
  };
  const quality = { stable: await qualityOf(row.stableNumber), canary: await qualityOf(row.number) };
  // Parsed again: a rollout that began before a threshold was has that threshold's default.
  const thresholds = rolloutThresholds.parse(row.plan.thresholds);
  const requestsMin = row.plan.steps[row.step]?.requestsMin ?? Number.POSITIVE_INFINITY;
  const findings = judgeArms({ arms: rise, refusals: rise?.refusals, quality }, thresholds, requestsMin);
  const arms = { stable: rise?.stable ?? null, canary: rise?.canary ?? null };
  // Without the step's counts nothing of it can be told, and that is said already.
  if (rise === undefined) return { ...arms, findings };
  const predictions = judgePredictions(await predictionEvidence(db, row, now), thresholds);
  return "finding" in predictions
    ? { ...arms, findings: [...findings, predictions.finding] }
    : { ...arms, findings, notes: [predictions.note] };
}

/** When the edge's storage first had the step's release, or one after it. */
export async function publishedAtMs(db: Queries, { model, generation }: RolloutRow): Promise<number | undefined> {
  const [row] = await db
    .select({ publishedAt: outbox.publishedAt })
    .from(outbox)
    .where(and(eq(outbox.kvKey, releaseKey(model)), eq(outbox.state, "published"), gte(outbox.generation, generation)))
    .orderBy(asc(outbox.id))
    .limit(1);
  return row?.publishedAt == null ? undefined : Date.parse(row.publishedAt);
}
