/** Evaluates the triggers of every configured line at an interval, and stores what fires. What fires is decided in evaluate-triggers.ts. */
import type { Logger } from "pino";
import type { ConfigAnswer } from "../../api/retrain-schemas.ts";
import { repeat, type Repeating } from "../../repeating.ts";
import type { Registry } from "../../registry/database.ts";
import { allConfigs } from "../records/config-records.ts";
import { fireTrigger } from "../request-run.ts";
import { evaluateTriggers } from "./evaluate-triggers.ts";
import { readTriggerFacts } from "./trigger-facts.ts";

export interface TriggerLoopTools {
  registry: Registry;
  now: () => Date;
  /** A run was queued. */
  onQueued: () => void;
  log: Logger;
}

const ACTOR = { tokenId: "retrain", name: "retraining triggers" };

export function startTriggerLoop({ everyMs, ...tools }: TriggerLoopTools & { everyMs: number }): Repeating {
  return repeat(() => lookAtTriggers(tools), {
    everyMs,
    onFailure: (error) => tools.log.error({ error: String(error) }, "the retraining triggers could not be evaluated"),
  });
}

/** One look at every line. */
export async function lookAtTriggers(tools: TriggerLoopTools): Promise<void> {
  for (const config of await tools.registry.read(allConfigs)) {
    // One line that cannot be looked at must not keep the others from being.
    await lookAtLine(tools, config).catch((error: unknown) =>
      tools.log.error({ model: config.model, error: String(error) }, "the triggers of a line could not be evaluated"),
    );
  }
}

async function lookAtLine({ registry, now, onQueued, log }: TriggerLoopTools, config: ConfigAnswer): Promise<void> {
  const { model, revision } = config;
  const at = now();
  const decisions = evaluateTriggers(await registry.read((db) => readTriggerFacts(db, config, at)), at);
  for (const decision of decisions) {
    if (decision.state !== "fires") continue;
    const context = { actor: ACTOR, requestId: `trigger-${decision.trigger}`, now: at };
    const stored = await registry.write((db) => fireTrigger(db, context, { model, revision }, decision));
    const fields = { model, trigger: decision.trigger, reason: decision.condition.reason };
    if (stored.ok) {
      log.info({ ...fields, run: stored.value.id, state: stored.value.state }, "a retraining trigger fired");
      if (stored.value.state === "queued") onQueued();
    } else log.warn({ ...fields, failure: stored.failure }, "a retraining trigger fired and made no run");
  }
}
