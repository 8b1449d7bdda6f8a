/**
 * Carries a promote, a rollback or any other stage move through: one write transaction, the commit read back from a second connection, then
 * a wait for publication. Once the transaction is committed the move stands, whatever becomes of the wait.
 */
import { succeed, fail, type Result } from "../../contract/result.ts";
import type { MoveAnswer } from "../api/schemas.ts";
import type { GateFailure, LookupFailure, MoveFailure, RegistryFailure, RolloutFailure } from "../failure.ts";
import type { ActContext, Caller } from "../registry/audit.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { registryFailureOf } from "../registry/registry-failure.ts";
import { hasRelease } from "./current-release.ts";
import type { Moved } from "./moved.ts";
import { findOutboxRow, toPublication } from "./outbox.ts";
import type { Reconciler } from "./reconciler.ts";

export interface MoveTools {
  registry: Registry;
  reconciler: Reconciler;
  publishWaitMs: number;
  now: () => Date;
}

export async function runMove(
  { registry, reconciler, publishWaitMs, now }: MoveTools,
  caller: Caller,
  reason: string,
  move: (db: Queries, context: ActContext) => Promise<Result<Moved, LookupFailure | MoveFailure | GateFailure | RolloutFailure>>,
): Promise<Result<MoveAnswer, LookupFailure | MoveFailure | GateFailure | RolloutFailure | RegistryFailure>> {
  const moved = await registry.write((db) => move(db, { ...caller, now: now() }));
  if (!moved.ok) return moved;
  const confirmed = await confirm(registry, moved.value);
  reconciler.wake();
  if (!confirmed.ok) return confirmed;
  const { row, act, from, to, at, replaced, release, outboxId } = moved.value;
  const settled = outboxId === null ? null : await reconciler.settled(outboxId, publishWaitMs);
  return succeed({
    model: row.model,
    version: `v${row.number}`,
    act,
    from,
    to,
    reason,
    at: at.toISOString(),
    actor: caller.actor,
    replaced: replaced === null ? null : `v${replaced}`,
    generation: release?.generation ?? null,
    published: settled === null || settled.state === "published",
    publication: settled && toPublication(settled),
  });
}

/** Acknowledged means durable: what was committed must be there for a connection that had no part in it. */
async function confirm(registry: Registry, { release, outboxId }: Moved): Promise<Result<void, RegistryFailure>> {
  try {
    // Both are rows that no later move changes.
    const isThere = await registry.readBack(async (db) =>
      release ? hasRelease(db, release) : outboxId === null || (await findOutboxRow(db, outboxId)) !== undefined,
    );
    return isThere ? succeed(undefined) : fail({ reason: "registry_unavailable", detail: "commit_not_found" });
  } catch (error) {
    const failure = registryFailureOf(error, 1);
    if (failure) return fail(failure);
    throw error;
  }
}
