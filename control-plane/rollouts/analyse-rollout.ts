/**
 * One look at one rollout: evidence, decision, and the decision carried out in one transaction that first makes sure that nothing has changed since the look.
 * All of its state is in the registry, so it may be killed anywhere; the next look goes on.
 */
import { eq } from "drizzle-orm";
import type { Logger } from "pino";
import { succeed, type Result } from "../../contract/result.ts";
import type { RolloutEvidence } from "../api/rollout-schemas.ts";
import type { GateFailure, LookupFailure, RolloutFailure } from "../failure.ts";
import type { GateTools } from "../gates/current-evidence.ts";
import { noteRefusal, stoppedBySentence } from "../gates/note-refusal.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { rollouts } from "../registry/rollout-schema.ts";
import { abortRollout, nextStep, pauseRollout } from "./change-rollout.ts";
import { decideStep, type StepDecision } from "./decide-step.ts";
import { openReleaseIncident } from "./release-incident.ts";
import { predictionBaseline } from "./prediction-counts.ts";
import { countsNow, publishedAtMs, readEvidence, riseSinceBaseline, type EdgeCounters } from "./rollout-evidence.ts";
import { activeRollout, type RolloutRow } from "./rollout-records.ts";
import type { RolloutChanged } from "./start-rollout.ts";

type StepFailure = LookupFailure | GateFailure | RolloutFailure;

export interface AnalysisTools {
  registry: Registry;
  gateTools: GateTools;
  /** Fetches what the edge has counted of predictions until now; undefined where the edge may not be read. */
  collectWindows: (() => Promise<unknown>) | undefined;
  timelineHours: number;
  now: () => Date;
  log: Pick<Logger, "info" | "warn">;
}

/** Answers whether it made a release. */
export async function analyseRollout(tools: AnalysisTools, counters: EdgeCounters, row: RolloutRow): Promise<boolean> {
  const { registry, now } = tools;
  const counted = countsNow(counters, row);
  if (counted !== undefined && riseSinceBaseline(counted, row.baseline) === undefined) {
    // The first look at a step only says where its counts begin: nothing can be missing yet. What the gates drove the candidate with, or came a minute ago, is not to
    // be taken for the step's; a collection that fails is tried again every minute anyway.
    await tools.collectWindows?.();
    await registry.write(async (db) => {
      if (!(await isUnchanged(db, row))) return succeed(undefined);
      const baseline = { ...counted, predictions: await predictionBaseline(db, row, now()) };
      await db.update(rollouts).set({ baseline }).where(eq(rollouts.id, row.id));
      return succeed(undefined);
    });
    return false;
  }
  const at = now();
  const evidence = await registry.read((db) => readEvidence(db, counters, row, at));
  const decision = decideStep(
    {
      step: stepOf(row),
      isPaused: row.state === "paused",
      startedAtMs: Date.parse(row.stepStartedAt),
      publishedAtMs: await registry.read((db) => publishedAtMs(db, row)),
    },
    evidence.findings,
    at.getTime(),
  );
  return decision.act === "hold" ? false : carryOut(tools, row, decision, evidence);
}

async function carryOut(
  { registry, gateTools, timelineHours, now, log }: AnalysisTools,
  row: RolloutRow,
  decision: Exclude<StepDecision, { act: "hold" }>,
  evidence: RolloutEvidence,
): Promise<boolean> {
  const acted = await registry.write(async (db): Promise<Result<RolloutChanged | null, StepFailure>> => {
    if (!(await isUnchanged(db, row))) return succeed(null);
    const context: ActContext = { ...controllerOf(row), now: now() };
    switch (decision.act) {
      case "next":
        return nextStep(db, gateTools, context, row, { reason: "the step's evidence is good", evidence });
      case "pause":
        return succeed(await pauseRollout(db, context, row, { reason: `inconclusive: ${decision.why}`, evidence }));
      case "abort": {
        const aborted = await abortRollout(db, gateTools.key, context, row, { reason: decision.why, evidence });
        await openReleaseIncident(db, context, incidentOf(row, decision.why), timelineHours);
        return succeed(aborted);
      }
    }
  });
  const { model, id: rollout, step } = row;
  if (acted.ok) {
    if (acted.value !== null) log.info({ model, rollout, step, decision }, "rollout");
    return acted.value?.outboxId != null;
  }
  const { failure } = acted;
  log.warn({ model, rollout, step, failure }, "a rollout's step could not be carried out");
  // Whatever is wrong with the registry passes; what the gates say is for a person.
  if (failure.reason === "registry_busy" || failure.reason === "registry_unavailable") return false;
  const why =
    failure.reason === "gates_refused" ? `the gates stopped it (${stoppedBySentence(failure.stoppedBy)})` : failure.reason;
  await registry.write(async (db) => {
    if (!(await isUnchanged(db, row))) return succeed(null);
    const context: ActContext = { ...controllerOf(row), now: now() };
    if (failure.reason === "gates_refused") await noteRefusal(db, context, failure, `rollout ${rollout}: ${row.reason}`);
    return succeed(await pauseRollout(db, context, row, { reason: `the next step was refused: ${why}`, evidence }));
  });
  return false;
}

/** A person, or another process, may have acted since the row was read. */
async function isUnchanged(db: Queries, row: RolloutRow): Promise<boolean> {
  const fresh = await activeRollout(db, row.model);
  return (
    fresh?.id === row.id && fresh.step === row.step && fresh.state === row.state && fresh.stepStartedAt === row.stepStartedAt
  );
}

const controllerOf = ({ id }: RolloutRow): Omit<ActContext, "now"> => ({
  actor: { tokenId: "edgewise", name: "rollout controller" },
  requestId: `rollout-${id}`,
});

function stepOf({ id, plan, step }: RolloutRow) {
  const found = plan.steps[step];
  if (found === undefined) throw new Error(`rollout ${id} has no step ${step}`);
  return found;
}

const incidentOf = ({ id, model, number, stableNumber, plan, step }: RolloutRow, why: string) => ({
  key: `rollout-${id}`,
  name: "CanaryTakenBack" as const,
  severity: "critical" as const,
  model,
  version: `v${number}`,
  summary: `v${number} of ${model} was taken back at ${plan.steps[step]?.percent} %; v${stableNumber} answers alone. ${why}`,
});
