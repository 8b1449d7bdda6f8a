/** Asks for a run: by a person, or by a trigger that fired. The registry's own rules decide whether there is one. */
import type { Result } from "../../contract/result.ts";
import type { RetrainFailure } from "../failure.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { findConfig } from "./records/config-records.ts";
import { insertRun, type RunRow } from "./records/run-records.ts";
import type { TriggerDecision } from "./triggers/decision.ts";

/** A person's word: no cooldown holds it, but a run that is under way does. */
export async function requestRun(
  db: Queries,
  context: ActContext,
  model: string,
  reason: string,
): Promise<Result<RunRow, RetrainFailure>> {
  const config = await findConfig(db, model);
  if (!config.ok) return config;
  return insertRun(db, context, {
    model,
    state: "queued",
    trigger: "manual",
    triggerKey: `manual:${context.requestId}`,
    reason,
    evidence: { askedBy: context.actor.name },
    configRevision: config.value.revision,
  });
}

export async function fireTrigger(
  db: Queries,
  context: ActContext,
  { model, revision }: { model: string; revision: number },
  { trigger, mode, condition }: Extract<TriggerDecision, { state: "fires" }>,
): Promise<Result<RunRow, RetrainFailure>> {
  const { key, reason, evidence } = condition;
  const state = mode === "run" ? "queued" : "suggested";
  return insertRun(db, context, { model, state, trigger, triggerKey: key, reason, evidence, configRevision: revision });
}
