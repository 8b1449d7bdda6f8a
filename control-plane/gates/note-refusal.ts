/** Tells the audit log, and so the webhooks, of a promotion that the gates stopped. */
import { versionNumber } from "../../contract/names.ts";
import type { GateFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";

export async function noteRefusal(
  db: Queries,
  context: ActContext,
  { model, version, stoppedBy }: GateFailure,
  reason: string,
): Promise<void> {
  const verdicts = stoppedBy.map(({ gate, outcome, sentence }) => `${gate} ${outcome}: ${sentence}`).join("; ");
  await appendAudit(db, context, {
    act: "promote_refused",
    model,
    number: versionNumber(version),
    reason,
    details: { stoppedBy: verdicts },
  });
}
