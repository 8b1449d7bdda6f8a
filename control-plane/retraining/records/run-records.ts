/**
 * Retraining runs in the registry: adding one, moving one on, reading. Each move is one transaction with its event; which move comes is
 * decided elsewhere. What a run found is read from its events, which are append-only.
 */
import { and, asc, desc, eq, inArray, lt } from "drizzle-orm";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { RunEventKind, RunsQuery, RunSummary, RunsAnswer, RunTrigger } from "../../api/retrain-schemas.ts";
import type { RetrainFailure } from "../../failure.ts";
import { appendAudit, type ActContext } from "../../registry/audit.ts";
import type { Queries } from "../../registry/database.ts";
import { retrainEvents, retrainRuns } from "../../registry/retrain-schema.ts";
import { ACTIVE_STATES, isOver, isStep, moveRun, type RunMove, type RunState, type RunStep } from "../run-state.ts";

export type RunRow = typeof retrainRuns.$inferSelect;

export interface NewRun {
  model: string;
  state: "queued" | "suggested";
  trigger: RunTrigger;
  triggerKey: string;
  reason: string;
  evidence: Record<string, unknown>;
  configRevision: number;
}

/** Adds a run. One that is active, a suggestion that is open or the same key makes it a failure, held by the database too. */
export async function insertRun(db: Queries, context: ActContext, run: NewRun): Promise<Result<RunRow, RetrainFailure>> {
  const { model } = run;
  if (run.state === "queued") {
    const [active] = await activeRuns(db, model);
    if (active) return fail({ reason: "retrain_active", model, id: active.id });
  }
  const clash = await findClash(db, run);
  if (clash) return fail({ reason: "retrain_known", model, id: clash.id });
  const { actor, now } = context;
  const [row] = await db
    .insert(retrainRuns)
    .values({
      ...run,
      createdAt: now.toISOString(),
      resumes: 0,
      isCancelling: false,
      actorTokenId: actor.tokenId,
      actorName: actor.name,
    })
    .returning();
  if (!row) throw new Error("a retraining run was inserted and did not come back");
  await appendEvent(db, context, row.id, { kind: run.state, text: run.reason });
  await audit(db, context, row, `retrain_${run.state}`, run.reason);
  return succeed(row);
}

export interface MoveDetails {
  move: RunMove;
  text: string;
  details?: Record<string, unknown>;
  /** The version that the run made. */
  number?: number;
}

/** Moves a run on, with the events of the step that ended and of the one that begins. */
export async function moveRunRow(
  db: Queries,
  context: ActContext,
  id: number,
  { move, text, details = {}, number }: MoveDetails,
): Promise<Result<RunRow, RetrainFailure>> {
  const found = await findRun(db, id);
  if (!found.ok) return found;
  const { state: from, model } = found.value;
  const moved = moveRun(from, move);
  if (!moved.ok) return fail({ reason: "retrain_move_illegal", id, state: from, move });
  const to = moved.value;
  if (to === "queued") {
    const [active] = await activeRuns(db, model);
    if (active) return fail({ reason: "retrain_active", model, id: active.id });
  }
  const over = isOver(to) ? { finishedAt: context.now.toISOString(), outcome: text } : {};
  await db
    .update(retrainRuns)
    .set({ state: to, ...over, ...(number === undefined ? {} : { number }) })
    .where(eq(retrainRuns.id, id));
  if (move === "advance" && isStep(from))
    await appendEvent(db, context, id, { kind: "step_finished", step: from, text, details });
  if (isStep(to)) await appendEvent(db, context, id, { kind: "step_started", step: to, text: to });
  const kind = kindOf(move, to);
  if (kind) {
    const step = isStep(from) ? from : undefined;
    await appendEvent(db, context, id, { kind, step, text, ...(kind === "done" ? {} : { details }) });
    await audit(db, context, found.value, `retrain_${kind}`, text);
  }
  return findRun(db, id);
}

/** Asks for a run's end: one that waits is cancelled at once, one under way by the runner. */
export async function requestCancel(
  db: Queries,
  context: ActContext,
  id: number,
  reason: string,
): Promise<Result<RunRow, RetrainFailure>> {
  const found = await findRun(db, id);
  if (!found.ok) return found;
  const { state } = found.value;
  if (state === "queued") return moveRunRow(db, context, id, { move: "cancel", text: reason });
  if (!isStep(state)) return fail({ reason: "retrain_move_illegal", id, state, move: "cancel" });
  await db.update(retrainRuns).set({ isCancelling: true }).where(eq(retrainRuns.id, id));
  await appendEvent(db, context, id, { kind: "cancel_requested", step: state, text: reason });
  await audit(db, context, found.value, "retrain_cancel_requested", reason);
  return findRun(db, id);
}

/** Notes that a start takes the run up where the one before it left it. */
export async function noteResume(db: Queries, context: ActContext, { id, state, resumes }: RunRow): Promise<void> {
  await db
    .update(retrainRuns)
    .set({ resumes: resumes + 1 })
    .where(eq(retrainRuns.id, id));
  const text = "the control plane ended in this step and was started again: the step begins anew";
  await appendEvent(db, context, id, { kind: "resumed", step: isStep(state) ? state : undefined, text });
}

export async function findRun(db: Queries, id: number): Promise<Result<RunRow, RetrainFailure>> {
  const [row] = await db.select().from(retrainRuns).where(eq(retrainRuns.id, id));
  return row ? succeed(row) : fail({ reason: "retrain_unknown", id });
}

/** Queued and under way, of one line or of all, oldest first. */
export const activeRuns = (db: Queries, model?: string): Promise<RunRow[]> =>
  db
    .select()
    .from(retrainRuns)
    .where(and(inArray(retrainRuns.state, [...ACTIVE_STATES]), model === undefined ? undefined : eq(retrainRuns.model, model)))
    .orderBy(asc(retrainRuns.id));

/** Newest first. */
export async function listRuns(db: Queries, { model, state, limit, before }: RunsQuery): Promise<RunsAnswer> {
  const rows = await db
    .select()
    .from(retrainRuns)
    .where(
      and(
        model === undefined ? undefined : eq(retrainRuns.model, model),
        state === undefined ? undefined : eq(retrainRuns.state, state),
        before === undefined ? undefined : lt(retrainRuns.id, before),
      ),
    )
    .orderBy(desc(retrainRuns.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(toSummary);
  return { runs: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export function toSummary(row: RunRow): RunSummary {
  const { id, model, state, trigger, reason, createdAt, finishedAt, outcome, number } = row;
  const requestedBy = { tokenId: row.actorTokenId, name: row.actorName };
  return {
    id,
    model,
    state,
    trigger,
    reason,
    requestedBy,
    createdAt,
    finishedAt,
    outcome,
    version: number === null ? null : `v${number}`,
  };
}

// --- Not exported ---

async function findClash(db: Queries, { model, state, trigger, triggerKey }: NewRun): Promise<{ id: number } | undefined> {
  const ofModel = eq(retrainRuns.model, model);
  const id = { id: retrainRuns.id };
  const [sameKey] = await db
    .select(id)
    .from(retrainRuns)
    .where(and(ofModel, eq(retrainRuns.triggerKey, triggerKey)));
  if (sameKey || state === "queued") return sameKey;
  const [open] = await db
    .select(id)
    .from(retrainRuns)
    .where(and(ofModel, eq(retrainRuns.trigger, trigger), eq(retrainRuns.state, "suggested")));
  return open;
}

function kindOf(move: RunMove, to: RunState): RunEventKind | undefined {
  switch (move) {
    case "accept":
      return "accepted";
    case "dismiss":
      return "dismissed";
    case "advance":
      return to === "done" ? "done" : undefined;
    case "reject":
      return "rejected";
    case "fail":
      return "failed";
    case "cancel":
      return "cancelled";
  }
}

interface NewEvent {
  kind: RunEventKind;
  step?: RunStep | undefined;
  text: string;
  details?: Record<string, unknown>;
}

async function appendEvent(
  db: Queries,
  { actor, now }: ActContext,
  runId: number,
  { kind, step, text, details = {} }: NewEvent,
): Promise<void> {
  await db
    .insert(retrainEvents)
    .values({ runId, at: now.toISOString(), kind, step: step ?? null, text, details, actorName: actor.name });
}

const audit = (db: Queries, context: ActContext, { id, model }: RunRow, act: string, reason: string): Promise<void> =>
  appendAudit(db, context, { act, model, reason, details: { run: id } });
