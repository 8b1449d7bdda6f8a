/**
 * The stages of a version and the legal moves between them. Pure. Production is left only by being replaced: once a model line has a
 * production version it never has none.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Stage } from "../api/schemas.ts";

const MOVES: Record<Stage, readonly Stage[]> = {
  development: ["staging", "archived"],
  staging: ["production", "development", "archived"],
  production: [],
  archived: ["staging", "production"],
};

export interface IllegalMove {
  from: Stage;
  to: Stage;
  allowed: Stage[];
}

/** Whether a person may move a version from one stage to another. The version that it replaces in production is archived with it. */
export function checkMove(from: Stage, to: Stage): Result<void, IllegalMove> {
  return MOVES[from].includes(to) ? succeed(undefined) : fail({ from, to, allowed: [...MOVES[from]] });
}

/** One entry into production, in the order of the history. */
export interface ProductionEntry {
  number: number;
  act: "promote" | "rollback";
}

/**
 * The versions that are (last) and were (before it) in production, as a rollback sees them: a promotion puts its version on top, a rollback
 * takes away all that is above its target. So rolling back twice walks back two versions and never returns to one that was rolled
 * back from. A rollback to a version that an earlier rollback took away puts it on top again.
 *
 * @example productionLine([promote 1, promote 2, promote 3, rollback 2]) // [1, 2]: the next rollback goes to 1
 */
export function productionLine(entries: readonly ProductionEntry[]): number[] {
  let line: number[] = [];
  for (const { number, act } of entries) {
    const below = act === "rollback" ? line.lastIndexOf(number, -2) : -1;
    line = below >= 0 ? line.slice(0, below + 1) : [...line, number];
  }
  return line;
}

export type RollbackTarget = Result<
  number,
  "never_released" | "no_earlier_production" | "is_production" | "was_never_production"
>;

/** The version that a rollback brings back: `to` when given and once in production, else the one below the current one in the line. */
export function rollbackTarget(entries: readonly ProductionEntry[], to: number | undefined): RollbackTarget {
  const line = productionLine(entries);
  const current = line.at(-1);
  if (current === undefined) return fail("never_released");
  if (to === undefined) {
    const earlier = line.at(-2);
    return earlier === undefined ? fail("no_earlier_production") : succeed(earlier);
  }
  if (to === current) return fail("is_production");
  return entries.some((entry) => entry.number === to) ? succeed(to) : fail("was_never_production");
}
