/**
 * Decides which triggers of a model line fire: a pure function of facts and now. It starts nothing; trigger-loop.ts stores what it decides.
 * Fails closed: what is missing, too little or not a number is a reason of its own not to fire.
 */
import { driftCondition } from "./drift-condition.ts";
import {
  AUTOMATIC_TRIGGERS,
  type AutomaticTrigger,
  type Condition,
  type HeldWhy,
  type TriggerDecision,
  type TriggerFacts,
} from "./decision.ts";
import { performanceCondition } from "./performance-condition.ts";
import { scheduleCondition } from "./schedule-condition.ts";

const HOUR_MS = 3_600_000;

/** One decision for each trigger, in AUTOMATIC_TRIGGERS' order. At most one fires: the others wait for what comes of it. */
export function evaluateTriggers(facts: TriggerFacts, now: Date): TriggerDecision[] {
  const decisions: TriggerDecision[] = [];
  for (const trigger of AUTOMATIC_TRIGGERS) {
    const fired = decisions.find(({ state }) => state === "fires");
    decisions.push(decide(trigger, facts, now, fired?.trigger));
  }
  return decisions;
}

function decide(trigger: AutomaticTrigger, facts: TriggerFacts, now: Date, fired: AutomaticTrigger | undefined): TriggerDecision {
  const { mode } = facts.config.triggers[trigger];
  if (mode === "off") return { trigger, state: "off" };
  const found = conditionOf(trigger, facts, now);
  if (!found.holds) return { trigger, state: "quiet", because: found.because };
  const { condition } = found;
  if (facts.usedKeys.has(condition.key)) return { trigger, state: "quiet", because: { why: "done_already", key: condition.key } };
  const because = fired === undefined ? holdBack(trigger, facts, now) : { why: "other_trigger" as const, trigger: fired };
  return because ? { trigger, state: "held", because, condition } : { trigger, state: "fires", mode, condition };
}

function conditionOf(trigger: AutomaticTrigger, facts: TriggerFacts, now: Date): Condition {
  switch (trigger) {
    case "performance":
      return performanceCondition(facts);
    case "drift":
      return driftCondition(facts);
    case "schedule":
      return scheduleCondition(facts, now);
  }
}

/** Why a trigger whose condition holds must wait; undefined when it need not. */
function holdBack(trigger: AutomaticTrigger, facts: TriggerFacts, now: Date): HeldWhy | undefined {
  const { active, awaitingReview, openSuggestions, last, config } = facts;
  if (active) return { why: "run_active", runId: active.id };
  // Its condition goes on holding until the new version serves: another run would only make the same version again.
  if (awaitingReview) return { why: "awaiting_review", ...awaitingReview };
  const suggestion = openSuggestions.find((open) => open.trigger === trigger);
  if (suggestion) return { why: "suggestion_open", runId: suggestion.id };
  if (!last) return undefined;
  const until = new Date(last.finishedAt.getTime() + config.cooldownHours * HOUR_MS);
  return now >= until ? undefined : { why: "cooldown", until: until.toISOString(), runId: last.id };
}
