/** Cron expressions: whether one is well formed, and when it was last due. Pure; croner reads the expression, nothing is scheduled. */
import { Cron } from "croner";

const FIELDS = 5;

/** What is wrong with a schedule; undefined for a good one. */
export function scheduleProblem(cron: string, timeZone: string): string | undefined {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== FIELDS)
    return `a cron expression has ${FIELDS} fields (minute hour day month weekday), not ${fields.length}`;
  try {
    const pattern = parse(cron, timeZone);
    // Days that no month has, such as 30 February.
    return pattern.nextRun() === null ? `the cron expression ${cron} is never due` : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Cron\w+: /, "");
  }
}

/** The latest time at or before `now` at which the schedule was due; undefined when there was none. */
export function lastDue(cron: string, timeZone: string, now: Date): Date | undefined {
  // croner's previous runs are before their reference, which it takes by the second.
  const [due] = parse(cron, timeZone).previousRuns(1, new Date(now.getTime() + 1));
  return due;
}

/** The next time after `now` at which the schedule is due. */
export const nextDue = (cron: string, timeZone: string, now: Date): Date | undefined =>
  parse(cron, timeZone).nextRun(now) ?? undefined;

const parse = (cron: string, timeZone: string): Cron => new Cron(cron, { timezone: timeZone, paused: true });
