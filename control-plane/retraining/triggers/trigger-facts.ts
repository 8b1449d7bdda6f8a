/** Reads from the registry what the triggers of a line are decided on. Reads only; the decision is evaluate-triggers.ts's. */
import { and, desc, eq, inArray, isNotNull, notInArray } from "drizzle-orm";
import type { ConfigAnswer } from "../../api/retrain-schemas.ts";
import { liveQuality } from "../../quality/live-quality.ts";
import type { Queries } from "../../registry/database.ts";
import { retrainRuns } from "../../registry/retrain-schema.ts";
import { versionMetrics, versions } from "../../registry/schema.ts";
import { productionRow } from "../../gates/current-evidence.ts";
import { activeRuns } from "../records/run-records.ts";
import { ACTIVE_STATES } from "../run-state.ts";
import { AUTOMATIC_TRIGGERS, type TriggerFacts } from "./decision.ts";
import { newestDriftReport } from "./newest-drift-report.ts";

const HOUR_MS = 3_600_000;
/** Of runs there were: a condition is looked up among these only, the database holds all of them. */
const KEYS_MAX = 1000;

export async function readTriggerFacts(db: Queries, { model, config, at }: ConfigAnswer, now: Date): Promise<TriggerFacts> {
  const [active] = await activeRuns(db, model);
  const number = (await productionRow(db, model))?.number;
  const from = new Date(now.getTime() - config.triggers.performance.windowHours * HOUR_MS);
  const live = number === undefined ? undefined : await liveQuality(db, { model, version: `v${number}`, from, to: now });
  return {
    config,
    configuredAt: new Date(at),
    active,
    last: await lastRun(db, model),
    openSuggestions: await openSuggestions(db, model),
    awaitingReview: await awaitingReview(db, model, number ?? 0),
    usedKeys: await usedKeys(db, model),
    production: number === undefined ? undefined : { version: `v${number}`, baselineRmse: await baselineRmse(db, model, number) },
    live: live && { feedback: live.count, rmse: live.rmse ?? Number.NaN },
    driftReport: number === undefined ? undefined : await newestDriftReport(db, model, number),
  };
}

// --- Not exported ---

/** The newest that is over. A run that failed counts too: what failed once fails again until somebody has looked at it. */
async function lastRun(db: Queries, model: string): Promise<TriggerFacts["last"]> {
  const [row] = await db
    .select()
    .from(retrainRuns)
    .where(and(eq(retrainRuns.model, model), notInArray(retrainRuns.state, [...ACTIVE_STATES, "suggested"])))
    .orderBy(desc(retrainRuns.finishedAt))
    .limit(1);
  if (!row) return undefined;
  if (row.finishedAt === null) throw new Error(`run ${row.id} is over and has no end`);
  return { id: row.id, createdAt: new Date(row.createdAt), finishedAt: new Date(row.finishedAt) };
}

async function openSuggestions(db: Queries, model: string): Promise<TriggerFacts["openSuggestions"]> {
  const rows = await db
    .select({ id: retrainRuns.id, trigger: retrainRuns.trigger })
    .from(retrainRuns)
    .where(and(eq(retrainRuns.model, model), eq(retrainRuns.state, "suggested")));
  return rows.flatMap(({ id, trigger }) =>
    AUTOMATIC_TRIGGERS.filter((one) => one === trigger).map((one) => ({ id, trigger: one })),
  );
}

async function awaitingReview(db: Queries, model: string, productionNumber: number): Promise<TriggerFacts["awaitingReview"]> {
  const [row] = await db
    .select({ number: versions.number, runId: retrainRuns.id })
    .from(retrainRuns)
    .innerJoin(versions, and(eq(versions.model, retrainRuns.model), eq(versions.number, retrainRuns.number)))
    .where(and(eq(retrainRuns.model, model), isNotNull(retrainRuns.number), inArray(versions.stage, ["development", "staging"])))
    .orderBy(desc(versions.number))
    .limit(1);
  return row && row.number > productionNumber ? { version: `v${row.number}`, runId: row.runId } : undefined;
}

async function usedKeys(db: Queries, model: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .select({ key: retrainRuns.triggerKey })
    .from(retrainRuns)
    .where(eq(retrainRuns.model, model))
    .orderBy(desc(retrainRuns.id))
    .limit(KEYS_MAX);
  return new Set(rows.map(({ key }) => key));
}

async function baselineRmse(db: Queries, model: string, number: number): Promise<number | undefined> {
  const [row] = await db
    .select({ value: versionMetrics.value })
    .from(versionMetrics)
    .where(and(eq(versionMetrics.model, model), eq(versionMetrics.number, number), eq(versionMetrics.name, "rmse")));
  return row?.value;
}
