/**
 * Seals the audit log: within every write transaction, the rows that it added are linked to the chain and signed before the commit. No caller of
 * appendAudit knows of it. A row that anything else put into the file gets no seal, and verification names it.
 */
import { asc, count, desc, gt, max } from "drizzle-orm";
import type { Queries, WriteGuard } from "../registry/database.ts";
import { auditSeals } from "../registry/audit-schema.ts";
import { auditLog } from "../registry/schema.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import type { AuditHead } from "./audit-head.ts";
import { FIRST_PREVIOUS, sealHash, sealText } from "./seal.ts";

export type AuditLogRow = typeof auditLog.$inferSelect;

export interface AuditChainHooks {
  /** Told of the new end of the chain before it is committed; undefined when the transaction added no row. */
  onSealed: (head: AuditHead | undefined) => void;
  /** Told of the rows of a transaction, within it. */
  onRows: (db: Queries, rows: readonly AuditLogRow[]) => Promise<void>;
}

export function sealingWrites(key: ReleaseKey, { onSealed, onRows }: AuditChainHooks): WriteGuard {
  return async function sealWrite(db, work) {
    const [before] = await db.select({ id: max(auditLog.id) }).from(auditLog);
    const outcome = await work();
    const added = await db
      .select()
      .from(auditLog)
      .where(gt(auditLog.id, before?.id ?? 0))
      .orderBy(asc(auditLog.id));
    onSealed(await seal(db, key, added, false));
    await onRows(db, added);
    return outcome;
  };
}

/** At the first start with a chain: links the rows that are there, as they are found. Later starts adopt nothing. */
export async function adoptRows(db: Queries, key: ReleaseKey): Promise<AuditHead | undefined> {
  const [sealed] = await db.select({ seals: count() }).from(auditSeals);
  if ((sealed?.seals ?? 0) > 0) return undefined;
  return seal(db, key, await db.select().from(auditLog).orderBy(asc(auditLog.id)), true);
}

async function seal(
  db: Queries,
  key: ReleaseKey,
  rows: readonly AuditLogRow[],
  isAdopted: boolean,
): Promise<AuditHead | undefined> {
  if (rows.length === 0) return undefined;
  const [newest] = await db.select({ hash: auditSeals.hash }).from(auditSeals).orderBy(desc(auditSeals.id)).limit(1);
  let previous = newest?.hash ?? FIRST_PREVIOUS;
  let head: AuditHead | undefined;
  for (const row of rows) {
    const hash = sealHash(row, previous, isAdopted);
    const signature = key.signText(sealText(row.id, hash));
    await db.insert(auditSeals).values({ id: row.id, previous, hash, signature, publicKey: key.publicKey, isAdopted });
    head = { id: row.id, hash };
    previous = hash;
  }
  return head;
}
