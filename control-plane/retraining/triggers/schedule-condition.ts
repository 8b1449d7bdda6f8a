/** The scheduled trigger: was the schedule due since it was configured? A time that was missed is caught up on, the latest only. Pure. */
import type { Condition, TriggerFacts } from "./decision.ts";
import { lastDue, nextDue } from "./cron.ts";

export function scheduleCondition({ config, configuredAt }: TriggerFacts, now: Date): Condition {
  const { cron, timeZone } = config.triggers.schedule;
  const due = lastDue(cron, timeZone, now);
  if (!due || !(due > configuredAt)) {
    return { holds: false, because: { why: "not_due", next: nextDue(cron, timeZone, now)?.toISOString() ?? null } };
  }
  const at = due.toISOString();
  return {
    holds: true,
    condition: {
      key: `schedule:${at}`,
      reason: `the schedule ${cron} (${timeZone}) was due at ${at}`,
      evidence: { cron, timeZone, dueAt: at },
    },
  };
}
