/** Rollouts in the registry: finding them, their step log, and the one place that changes a rollout's row. No decisions here. */
import { and, asc, desc, eq, inArray } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { rolloutPlan, type RolloutAnswer, type RolloutEvidence, type RolloutEventKind } from "../api/rollout-schemas.ts";
import type { RolloutFailure } from "../failure.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { rolloutEvents, rollouts } from "../registry/rollout-schema.ts";

export type RolloutRow = typeof rollouts.$inferSelect;

const ACTIVE = inArray(rollouts.state, ["running", "paused"]);

export async function activeRollout(db: Queries, model: string): Promise<RolloutRow | undefined> {
  const [row] = await db
    .select()
    .from(rollouts)
    .where(and(eq(rollouts.model, model), ACTIVE));
  return row;
}

export function activeRollouts(db: Queries): Promise<RolloutRow[]> {
  return db.select().from(rollouts).where(ACTIVE).orderBy(asc(rollouts.id));
}

export async function requireActive(db: Queries, model: string): Promise<Result<RolloutRow, RolloutFailure>> {
  const row = await activeRollout(db, model);
  return row ? succeed(row) : fail({ reason: "no_rollout", model });
}

/** Newest first. */
export function newestRollouts(db: Queries, model: string, limit: number): Promise<RolloutRow[]> {
  return db.select().from(rollouts).where(eq(rollouts.model, model)).orderBy(desc(rollouts.id)).limit(limit);
}

export interface RolloutChange {
  kind: RolloutEventKind;
  reason: string;
  /** Of the release that the change made. */
  generation: number | null;
  evidence?: RolloutEvidence | null;
  set: Partial<Pick<RolloutRow, "state" | "step" | "stepStartedAt" | "generation" | "baseline" | "endedAt">>;
}

/** Changes the row and tells the log, in the caller's transaction. */
export async function changeRollout(
  db: Queries,
  { actor, now }: ActContext,
  row: RolloutRow,
  { kind, reason, generation, evidence = null, set }: RolloutChange,
): Promise<RolloutRow> {
  const at = now.toISOString();
  await db.update(rollouts).set(set).where(eq(rollouts.id, row.id));
  const changed: RolloutRow = { ...row, ...set };
  await db.insert(rolloutEvents).values({
    rolloutId: row.id,
    at,
    kind,
    step: changed.step,
    generation,
    reason,
    evidence,
    actorTokenId: actor.tokenId,
    actorName: actor.name,
  });
  return changed;
}

export async function describeRollout(db: Queries, row: RolloutRow): Promise<Omit<RolloutAnswer, "current">> {
  const events = await db.select().from(rolloutEvents).where(eq(rolloutEvents.rolloutId, row.id)).orderBy(asc(rolloutEvents.id));
  return {
    ...summarizeRollout(row),
    events: events.map(({ at, kind, step, generation, reason, evidence, actorTokenId, actorName }) => ({
      at,
      kind,
      step,
      generation,
      reason,
      evidence,
      by: { tokenId: actorTokenId, name: actorName },
    })),
  };
}

export function summarizeRollout(row: RolloutRow): Omit<RolloutAnswer, "current" | "events"> {
  const { number, stableNumber, actorTokenId, actorName, baseline: _, plan, ...rest } = row;
  return {
    ...rest,
    // Parsed again: a rollout that began before a threshold was has that threshold's default.
    plan: rolloutPlan.parse(plan),
    version: `v${number}`,
    stable: `v${stableNumber}`,
    by: { tokenId: actorTokenId, name: actorName },
  };
}
