/**
 * The turns of the drift schedule: which are due, and which span each looks at. Pure; croner reads the cron expression. All in UTC, so that no
 * hour is skipped or comes twice.
 */
import { Cron } from "croner";
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";

export interface DriftSchedule {
  /** Five fields, UTC. */
  cron: string;
  /** Whole hours that a turn looks back on. */
  windowHours: number;
}

/** Turns missed for longer are not caught up: who comes back after a month wants today's answer. */
export const CATCH_UP_DAYS_MAX = 31;
/** Windows are whole hours: a schedule that is faster would look at one more than once. */
const TURN_HOURS_MIN = 1;
const TURNS_CHECKED = 50;

/** What is wrong with an expression; undefined when nothing is. */
export function cronProblem(expression: string): string | undefined {
  try {
    const cron = parsed(expression);
    const turns = cron.nextRuns(TURNS_CHECKED, new Date("2026-01-01T00:00:00Z"));
    if (turns.length === 0) return "must come up at some time";
    const isTooOften = turns.some(
      (turn, at) => at > 0 && turn.getTime() - (turns[at - 1] as Date).getTime() < TURN_HOURS_MIN * HOUR_MS,
    );
    return isTooOften ? "must not come up more than once an hour" : undefined;
  } catch {
    return "must be a cron expression of five fields, e.g. 10 0 * * *";
  }
}

/** Turns after `after` and not after `until`, oldest first. */
export function dueTurns({ cron }: DriftSchedule, after: Date, until: Date): Date[] {
  const earliest = new Date(Math.max(after.getTime(), until.getTime() - CATCH_UP_DAYS_MAX * 24 * HOUR_MS));
  const expression = parsed(cron);
  const turns: Date[] = [];
  for (let turn = expression.nextRun(earliest); turn && turn <= until; turn = expression.nextRun(turn)) turns.push(turn);
  return turns;
}

/** The first turn after `after`. */
export const nextTurn = ({ cron }: DriftSchedule, after: Date): Date | undefined => parsed(cron).nextRun(after) ?? undefined;

/** The whole hours that a turn looks at; the hour in which it comes up is not over and belongs to the next. */
export function hoursOfTurn({ windowHours }: DriftSchedule, turn: Date): { fromHour: number; toHour: number } {
  const toHour = hourOf(turn.getTime());
  return { fromHour: toHour - windowHours, toHour };
}

const parsed = (expression: string): Cron => new Cron(expression, { timezone: "UTC", mode: "5-part", paused: true });
