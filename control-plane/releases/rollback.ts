/**
 * Brings an earlier production version back within the caller's transaction. A rollback never loses to a promotion: it applies, at its
 * turn, to whatever is current then. It may bring a version back from any stage, since that version has been in production before. A rollout
 * under way ends with it; unless another version is named, that is all that it does: what was begun last is what is taken back.
 */
import { versionNumber } from "../../contract/names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { LookupFailure, MoveFailure } from "../failure.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { productionEntries } from "../registry/history.ts";
import { findModel } from "../registry/models.ts";
import { rollbackTarget } from "../registry/stages.ts";
import { abortRollout, endAborted } from "../rollouts/change-rollout.ts";
import { activeRollout, type RolloutRow } from "../rollouts/rollout-records.ts";
import { findVersionRow } from "../registry/versions.ts";
import { enterProduction } from "./enter-production.ts";
import type { Moved } from "./moved.ts";
import type { ReleaseKey } from "./release-key.ts";

export interface RollbackRequest {
  model: string;
  /** Undefined: the production version before the current one (stages.ts says which that is after earlier rollbacks). */
  to: string | undefined;
  reason: string;
  /** What an automatic rollback stood on, for the audit log. */
  evidence?: Record<string, unknown>;
}

export async function rollbackModel(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  { model, to, reason, evidence }: RollbackRequest,
): Promise<Result<Moved, LookupFailure | MoveFailure>> {
  const known = await findModel(db, model);
  if (!known.ok) return known;
  if (to !== undefined) {
    const named = await findVersionRow(db, model, to);
    if (!named.ok) return named;
  }
  const rollout = await activeRollout(db, model);
  if (rollout && (to === undefined || versionNumber(to) === rollout.stableNumber)) {
    return takeBackCanary(db, key, context, rollout, reason);
  }
  const target = rollbackTarget(await productionEntries(db, model), to === undefined ? undefined : versionNumber(to));
  if (!target.ok) {
    const why = target.failure;
    if (why === "never_released" || why === "no_earlier_production") return fail({ reason: "nothing_to_roll_back", model, why });
    return fail({ reason: "rollback_target_invalid", model, version: String(to), why });
  }
  const row = await findVersionRow(db, model, `v${target.value}`);
  if (!row.ok) return row;
  const entry = { row: row.value, act: "rollback" as const, reason, ...(evidence && { evidence }) };
  const moved = await enterProduction(db, key, context, entry);
  if (rollout) {
    const why = `rolled back to v${target.value}: ${reason}`;
    await endAborted(db, context, rollout, { reason: why }, moved.release?.generation ?? null);
  }
  return succeed(moved);
}

async function takeBackCanary(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  rollout: RolloutRow,
  reason: string,
): Promise<Result<Moved, LookupFailure>> {
  const { model, stableNumber } = rollout;
  const row = await findVersionRow(db, model, `v${stableNumber}`);
  if (!row.ok) return row;
  const { release, outboxId } = await abortRollout(db, key, context, rollout, { reason: `rollback: ${reason}` });
  const stages = { from: "production" as const, to: "production" as const };
  return succeed({ row: row.value, act: "rollback", ...stages, at: context.now, replaced: null, release, outboxId });
}
