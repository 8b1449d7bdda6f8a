/**
 * Whether drift was looked for as often as promised: the longest time between the ends of two spans of traffic that were looked at, one after the other.
 * A look at too few rows to judge counts as a look. Pure.
 */
import type { Objective } from "../api/sla-schemas.ts";
import type { SlaSpan } from "./span.ts";

/** A turn of the schedule comes after the hours that it looks at, and may wait an hour for a silent shard: till then the time goes on without fault. */
const LOOK_TAKES_MS = 2 * 3_600_000;
const HOUR_MS = 3_600_000;

/** `checks`: until when the traffic had been looked at, ascending, from before the span on. No data before the first of them. */
export function driftChecked(targetHours: number, model: string, checks: readonly Date[], span: SlaSpan): Objective {
  const row = { objective: "drift_checked", model, target: targetHours, comparison: "at_most", isAtLeast: false } as const;
  const before = checks.filter((check) => check <= span.from).at(-1);
  const within = checks.filter((check) => check > span.from && check <= span.to);
  const ends = [...(before ? [before] : []), ...within].map((check) => check.getTime());
  const first = ends[0];
  if (first === undefined) return { ...row, current: null, compliance: "no_data", budgetLeft: null };
  const stillMs = Math.max(0, span.to.getTime() - (ends.at(-1) as number) - LOOK_TAKES_MS);
  const gapsMs = ends.slice(1).map((end, at) => end - (ends[at] as number));
  const hours = Math.max(stillMs, ...gapsMs) / HOUR_MS;
  return { ...row, current: hours, compliance: hours <= targetHours ? "met" : "missed", budgetLeft: null };
}
