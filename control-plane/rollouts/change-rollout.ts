/**
 * What may happen to a rollout that is under way, each within the caller's transaction: the next step (after the last: production, through the gates once more),
 * pause, resume, abort. Whether it should happen is decided elsewhere: decide-step.ts, or a person.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RolloutEvidence } from "../api/rollout-schemas.ts";
import type { GateFailure, LookupFailure, RolloutFailure } from "../failure.ts";
import type { GateTools } from "../gates/current-evidence.ts";
import { requireVerdicts } from "../gates/require-verdicts.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { findVersionRow } from "../registry/versions.ts";
import { currentRelease } from "../releases/current-release.ts";
import { enterProduction } from "../releases/enter-production.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { changeTraffic } from "./change-traffic.ts";
import { changeRollout, type RolloutRow } from "./rollout-records.ts";
import { canaryOf, type RolloutChanged } from "./start-rollout.ts";

export interface RolloutAct {
  reason: string;
  evidence?: RolloutEvidence | null;
}

export async function nextStep(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  row: RolloutRow,
  { reason, evidence = null }: RolloutAct,
): Promise<Result<RolloutChanged, LookupFailure | GateFailure | RolloutFailure>> {
  const found = await findVersionRow(db, row.model, `v${row.number}`);
  if (!found.ok) return found;
  const release = await currentRelease(db, row.model);
  if (release?.canary?.rollout !== row.id) return fail({ reason: "rollout_superseded", model: row.model, rollout: row.id });
  const at = context.now.toISOString();
  const step = row.step + 1;
  if (step < row.plan.steps.length) {
    const canary = await canaryOf(db, row, found.value, step);
    const changed = await changeTraffic(db, tools.key, context.now, release, { canary });
    const { generation } = changed.release;
    const set = { state: "running" as const, step, stepStartedAt: at, generation, baseline: null };
    const next = await changeRollout(db, context, row, { kind: "advanced", reason, generation, evidence, set });
    await audit(db, context, next, "rollout_advanced", reason, { generation, percent: canary.percent, evidence });
    return succeed({ row: next, ...changed });
  }
  const gates = await requireVerdicts(db, tools, context, found.value);
  if (!gates.ok) return gates;
  const why = `rollout ${row.id}: ${row.reason}`;
  const moved = await enterProduction(db, tools.key, context, {
    row: found.value,
    act: "promote",
    reason: why,
    gates: gates.value,
  });
  const generation = moved.release?.generation ?? null;
  const set = { state: "completed" as const, endedAt: at, ...(generation === null ? {} : { generation }) };
  const next = await changeRollout(db, context, row, { kind: "completed", reason, generation, evidence, set });
  return succeed({ row: next, release: moved.release, outboxId: moved.outboxId });
}

export async function pauseRollout(db: Queries, context: ActContext, row: RolloutRow, act: RolloutAct): Promise<RolloutChanged> {
  if (row.state === "paused") return { row, release: null, outboxId: null };
  const next = await changeRollout(db, context, row, { kind: "paused", ...act, generation: null, set: { state: "paused" } });
  await audit(db, context, next, "rollout_paused", act.reason, { evidence: act.evidence ?? null });
  return { row: next, release: null, outboxId: null };
}

/** The step begins anew: what it showed before the pause was not enough. */
export async function resumeRollout(db: Queries, context: ActContext, row: RolloutRow, act: RolloutAct): Promise<RolloutChanged> {
  if (row.state === "running") return { row, release: null, outboxId: null };
  const set = { state: "running" as const, stepStartedAt: context.now.toISOString(), baseline: null };
  const next = await changeRollout(db, context, row, { kind: "resumed", ...act, generation: null, set });
  await audit(db, context, next, "rollout_resumed", act.reason, {});
  return { row: next, release: null, outboxId: null };
}

/** A release without the canary, at once. */
export async function abortRollout(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  row: RolloutRow,
  act: RolloutAct,
): Promise<RolloutChanged> {
  const release = await currentRelease(db, row.model);
  // Without a canary of this rollout there is nothing to take back: only the record ends.
  const changed =
    release?.canary?.rollout === row.id ? await changeTraffic(db, key, context.now, release, { canary: null }) : undefined;
  const ended = await endAborted(db, context, row, act, changed?.release.generation ?? null);
  return { row: ended, release: changed?.release ?? null, outboxId: changed?.outboxId ?? null };
}

/** Ends the record of a rollout whose canary ends with another release, as with a rollback to a named version. */
export async function endAborted(
  db: Queries,
  context: ActContext,
  row: RolloutRow,
  act: RolloutAct,
  generation: number | null,
): Promise<RolloutRow> {
  const set = { state: "aborted" as const, endedAt: context.now.toISOString(), ...(generation === null ? {} : { generation }) };
  const next = await changeRollout(db, context, row, { kind: "aborted", ...act, generation, set });
  await audit(db, context, next, "rollout_aborted", act.reason, { generation, evidence: act.evidence ?? null });
  return next;
}

async function audit(
  db: Queries,
  context: ActContext,
  { id, model, number, step }: RolloutRow,
  act: string,
  reason: string,
  details: Record<string, unknown>,
): Promise<void> {
  await appendAudit(db, context, { act, model, number, reason, details: { rollout: id, step, ...details } });
}
