/** Stores a person's sign-off of the evidence as it is now, within the caller's transaction. That the caller may sign off at all is the route's to hold. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { GatesAnswer } from "../api/gate-schemas.ts";
import type { LookupFailure, SignOffFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { signOffs } from "../registry/gate-schema.ts";
import { findVersionRow } from "../registry/versions.ts";
import type { GateTools } from "./current-evidence.ts";
import { isSamePerson } from "./sign-off.ts";
import { gatesAnswerOf } from "./standing.ts";

export async function giveSignOff(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  { model, version, evidenceSha256, note }: { model: string; version: string; evidenceSha256: string; note: string },
): Promise<Result<GatesAnswer, LookupFailure | SignOffFailure>> {
  const found = await findVersionRow(db, model, version);
  if (!found.ok) return found;
  const row = found.value;
  const { actor, now } = context;
  if (isSamePerson(actor, { tokenId: row.createdByTokenId, name: row.createdByName })) {
    return fail({ reason: "sign_off_by_registrant", model, version, name: actor.name });
  }
  const { evidenceSha256: current } = await gatesAnswerOf(db, tools, row, now);
  if (current !== evidenceSha256) return fail({ reason: "evidence_changed", model, version, expected: evidenceSha256, current });
  const by = { actorTokenId: actor.tokenId, actorName: actor.name };
  await db.insert(signOffs).values({ model, number: row.number, evidenceSha256, note, at: now.toISOString(), ...by });
  await appendAudit(db, context, { act: "sign_off", model, number: row.number, details: { evidenceSha256, note } });
  return succeed(await gatesAnswerOf(db, tools, row, now));
}
