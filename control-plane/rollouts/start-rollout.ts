/** Begins a rollout within the caller's transaction: gates first, as for any promotion, then a release with the canary at its first percentage. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { versionNumber } from "../../contract/names.ts";
import type { CanaryTarget, Release } from "../../contract/release.ts";
import type { RolloutPlan } from "../api/rollout-schemas.ts";
import { servedTargetOf } from "../error-model/error-model-records.ts";
import type { GateFailure, LookupFailure, MoveFailure, RolloutFailure } from "../failure.ts";
import type { GateTools } from "../gates/current-evidence.ts";
import { requireVerdicts } from "../gates/require-verdicts.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { rollouts } from "../registry/rollout-schema.ts";
import { checkMove } from "../registry/stages.ts";
import { findVersionRow, type VersionRow } from "../registry/versions.ts";
import { currentRelease } from "../releases/current-release.ts";
import { changeTraffic } from "./change-traffic.ts";
import { activeRollout, changeRollout, type RolloutRow } from "./rollout-records.ts";

export interface StartRequest {
  model: string;
  version: string;
  plan: RolloutPlan;
  reason: string;
}

/** What a change of a rollout did, and the release and outbox row that carry it; null when it changed nothing at the edge. */
export interface RolloutChanged {
  row: RolloutRow;
  release: Release | null;
  outboxId: number | null;
}

export async function startRollout(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  { model, version, plan, reason }: StartRequest,
): Promise<Result<RolloutChanged, LookupFailure | MoveFailure | GateFailure | RolloutFailure>> {
  const found = await findVersionRow(db, model, version);
  if (!found.ok) return found;
  const legal = checkMove(found.value.stage, "production");
  if (!legal.ok) return fail({ reason: "stage_move_illegal", model, version, ...legal.failure });
  const active = await activeRollout(db, model);
  if (active) return fail({ reason: "rollout_active", model, version: `v${active.number}`, rollout: active.id });
  const current = await currentRelease(db, model);
  if (!current) return fail({ reason: "rollout_without_stable", model });
  const gates = await requireVerdicts(db, tools, context, found.value);
  if (!gates.ok) return gates;

  const at = context.now.toISOString();
  const [inserted] = await db
    .insert(rollouts)
    .values({
      model,
      number: found.value.number,
      stableNumber: versionNumber(current.stable.version),
      state: "running",
      plan,
      step: 0,
      stepStartedAt: at,
      generation: current.generation + 1,
      baseline: null,
      gateRun: gates.value.run,
      reason,
      startedAt: at,
      actorTokenId: context.actor.tokenId,
      actorName: context.actor.name,
    })
    .returning();
  if (!inserted) throw new Error("a rollout was inserted and did not come back");
  const canary = await canaryOf(db, inserted, found.value, 0);
  const { release, outboxId } = await changeTraffic(db, tools.key, context.now, current, { canary });
  const { generation } = release;
  const row = await changeRollout(db, context, inserted, { kind: "started", reason, generation, set: { generation } });
  const details = { rollout: row.id, generation, percent: canary.percent, gateRun: gates.value.run, plan };
  await appendAudit(db, context, { act: "rollout_started", model, number: row.number, reason, details });
  return succeed({ row, release, outboxId });
}

/** The canary of one step. */
export async function canaryOf(db: Queries, { id, plan }: RolloutRow, version: VersionRow, step: number): Promise<CanaryTarget> {
  const percent = plan.steps[step]?.percent;
  if (percent === undefined) throw new Error(`rollout ${id} has no step ${step}`);
  const target = await servedTargetOf(db, version);
  return { ...target, percent, rollout: id, ...(plan.cohort && { cohort: plan.cohort }) };
}
