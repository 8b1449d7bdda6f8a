/**
 * Closes an incident: its summary, cause and actions into the registry, and the draft of its post-mortem into a file. Both or neither: the
 * file is written within the transaction's turn, from what the transaction sees, and taken away again when nothing was committed.
 */
import { eq } from "drizzle-orm";
import { rmSync } from "node:fs";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CloseBody, ClosedAnswer } from "../api/incident-schemas.ts";
import type { IncidentFailure, RegistryFailure } from "../failure.ts";
import { appendAudit, type Caller } from "../registry/audit.ts";
import type { Registry } from "../registry/database.ts";
import { incidents } from "../registry/schema.ts";
import { printable } from "./delivery.ts";
import { appendEvent, findIncident, showIncident } from "./incident-records.ts";
import { postMortem, postMortemName } from "./post-mortem.ts";
import { writePostMortem } from "./post-mortem-file.ts";

export interface CloseTools {
  registry: Registry;
  incidentsDirectory: string;
  now: () => Date;
}

export async function closeIncident(
  { registry, incidentsDirectory, now }: CloseTools,
  caller: Caller,
  id: number,
  { summary, cause, actions }: CloseBody,
): Promise<Result<ClosedAnswer, IncidentFailure | RegistryFailure>> {
  let written: string | undefined;
  const takeAway = (): void => {
    if (written !== undefined) rmSync(written, { force: true });
    written = undefined;
  };
  return registry.write(async (db) => {
    // A second run after a BUSY.
    takeAway();
    const context = { ...caller, now: now() };
    const found = await findIncident(db, id);
    if (!found.ok) return found;
    if (found.value.status === "closed") return fail({ reason: "incident_closed", id });
    const closed = {
      status: "closed" as const,
      closedAt: context.now.toISOString(),
      closedByName: caller.actor.name,
      summary: printable(summary),
      cause: cause === undefined ? null : printable(cause),
      actions: actions.map(printable),
    };
    await db.update(incidents).set(closed).where(eq(incidents.id, id));
    await appendEvent(db, context, id, "closed", closed.summary);
    const shown = await showIncident(db, id, context.now);
    if (!shown.ok) return shown;
    const file = await writePostMortem(
      incidentsDirectory,
      postMortemName(shown.value),
      postMortem(shown.value),
      caller.requestId,
    );
    if (!file.ok) return file;
    written = file.value;
    await db.update(incidents).set({ postMortemPath: file.value }).where(eq(incidents.id, id));
    await appendAudit(db, context, { act: "incident_closed", details: { incident: id, path: file.value } });
    return succeed({ incident: { ...shown.value, postMortemPath: file.value }, path: file.value });
  }, takeAway);
}
