/** Tells the audit log, and so the webhooks, of a promotion that the gates stopped: straight, at the start of a rollout, or after its last step. */
import { succeed } from "../../contract/result.ts";
import { versionNumber } from "../../contract/names.ts";
import type { ControlPlaneFailure, GateFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries, Registry } from "../registry/database.ts";
import type { Verdict } from "./verdict.ts";

/** Within the caller's transaction. */
export async function noteRefusal(
  db: Queries,
  context: ActContext,
  { model, version, stoppedBy }: GateFailure,
  reason: string,
): Promise<void> {
  await appendAudit(db, context, {
    act: "promote_refused",
    model,
    number: versionNumber(version),
    reason,
    details: { stoppedBy: stoppedBySentence(stoppedBy) },
  });
}

/**
 * For an act whose transaction the refusal has rolled back: that it was tried is told all the same, in a transaction of its own. Other failures
 * are the caller's mistakes or the registry's trouble, and no verdict on a version.
 */
export async function noteIfRefused(
  registry: Registry,
  context: ActContext,
  failure: ControlPlaneFailure,
  reason: string,
): Promise<void> {
  if (failure.reason !== "gates_refused") return;
  await registry.write(async (db) => succeed(await noteRefusal(db, context, failure, reason)));
}

/** Every gate that stopped it, as one line. */
export const stoppedBySentence = (stoppedBy: readonly Verdict[]): string =>
  stoppedBy.map(({ gate, outcome, sentence }) => `${gate} ${outcome}: ${sentence}`).join("; ");
