/**
 * Moves a version to another stage, production included, within the caller's transaction. A promotion to production wins only against the
 * generation that it was decided on: of many at once, one wins per generation; and only through the gates.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Stage } from "../api/schemas.ts";
import type { GateFailure, LookupFailure, MoveFailure, RolloutFailure } from "../failure.ts";
import type { GateTools } from "../gates/current-evidence.ts";
import { requireVerdicts } from "../gates/require-verdicts.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { recordMove } from "../registry/history.ts";
import { currentGeneration } from "../registry/models.ts";
import { checkMove } from "../registry/stages.ts";
import { findVersionRow, type VersionRow } from "../registry/versions.ts";
import { activeRollout } from "../rollouts/rollout-records.ts";
import { enterProduction } from "./enter-production.ts";
import type { Moved } from "./moved.ts";
import type { ReleaseKey } from "./release-key.ts";
import { enqueueStaged, enqueueUnstaged } from "./staged.ts";

export interface PromoteRequest {
  model: string;
  version: string;
  to: Stage;
  reason: string;
  /** Undefined: the move stands whatever the current generation is. */
  expectedGeneration: number | undefined;
}

export async function promoteVersion(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  request: PromoteRequest,
): Promise<Result<Moved, LookupFailure | MoveFailure | GateFailure | RolloutFailure>> {
  const { model, version, to, reason, expectedGeneration } = request;
  const found = await findVersionRow(db, model, version);
  if (!found.ok) return found;
  const row = found.value;
  const rollout = await activeRollout(db, model);
  if (rollout && (to === "production" || rollout.number === row.number)) {
    return fail({ reason: "rollout_active", model, version: `v${rollout.number}`, rollout: rollout.id });
  }
  if (expectedGeneration !== undefined) {
    const generation = await currentGeneration(db, model);
    if (generation !== expectedGeneration) {
      return fail({ reason: "release_changed", model, expectedGeneration, currentGeneration: generation });
    }
  }
  const legal = checkMove(row.stage, to);
  if (!legal.ok) return fail({ reason: "stage_move_illegal", model, version, ...legal.failure });
  if (to !== "production") return succeed(await moveOutsideProduction(db, tools.key, context, { row, to, reason }));
  const gates = await requireVerdicts(db, tools, context, row);
  if (!gates.ok) return gates;
  return succeed(await enterProduction(db, tools.key, context, { row, act: "promote", reason, gates: gates.value }));
}

async function moveOutsideProduction(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  { row, to, reason }: { row: VersionRow; to: Stage; reason: string },
): Promise<Moved> {
  const { model, number, stage: from } = row;
  await recordMove(db, context, { model, number, from, to, act: "move", reason, generation: null });
  let outboxId: number | null = null;
  if (to === "staging") outboxId = await enqueueStaged(db, key, row, context.now);
  else if (from === "staging") outboxId = await enqueueUnstaged(db, row, context.now);
  await appendAudit(db, context, { act: "move", model, number, reason, details: { from, to } });
  return { row, act: "move", from, to, at: context.now, replaced: null, release: null, outboxId };
}
