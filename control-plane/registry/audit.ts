/** The audit log: one row per act that changed something. Rows are added in the transaction of the act and never changed. */
import { desc, lt } from "drizzle-orm";
import type { Actor, AuditAnswer } from "../api/schemas.ts";
import type { Queries } from "./database.ts";
import { auditLog } from "./schema.ts";

/** Who acts, and in which request. */
export interface Caller {
  actor: Actor;
  requestId: string;
}

/** An act at its turn: `now` is read within the write, so that the order of times is the order of acts. */
export interface ActContext extends Caller {
  now: Date;
}

export interface AuditRow {
  act: string;
  model?: string;
  number?: number;
  reason?: string;
  details?: Record<string, unknown>;
}

export async function appendAudit(db: Queries, { actor, requestId, now }: ActContext, row: AuditRow): Promise<void> {
  const { act, model = null, number = null, reason = null, details = {} } = row;
  const at = now.toISOString();
  await db
    .insert(auditLog)
    .values({ at, actorTokenId: actor.tokenId, actorName: actor.name, act, model, number, reason, details, requestId });
}

/** Newest first. */
export async function listAudit(db: Queries, page: { limit: number; before?: number | undefined }): Promise<AuditAnswer> {
  const rows = await db
    .select()
    .from(auditLog)
    .where(page.before === undefined ? undefined : lt(auditLog.id, page.before))
    .orderBy(desc(auditLog.id))
    .limit(page.limit + 1);
  const entries = rows.slice(0, page.limit).map(({ actorTokenId, actorName, number, ...row }) => ({
    ...row,
    actor: { tokenId: actorTokenId, name: actorName },
    version: number === null ? null : `v${number}`,
  }));
  return { entries, next: rows.length > page.limit ? (entries.at(-1)?.id ?? null) : null };
}
