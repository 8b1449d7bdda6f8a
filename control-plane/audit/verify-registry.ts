/** Reads a registry's audit log and its seals in pages and has them verified; also compares what the log says of production with what the registry says. */
import { asc, eq, gt, sql } from "drizzle-orm";
import type { Queries } from "../registry/database.ts";
import { auditSeals } from "../registry/audit-schema.ts";
import { auditLog, versions } from "../registry/schema.ts";
import type { AuditHead } from "./audit-head.ts";
import { ChainVerification, type AuditProblem, type Seal } from "./verify-chain.ts";
import type { SealedRow } from "./seal.ts";

export interface AuditReport {
  rows: number;
  /** Rows that were there before the chain began. */
  adopted: number;
  problems: AuditProblem[];
}

const PAGE_ROWS = 1000;
/** More would say no more. */
const PROBLEMS_MAX = 100;

export async function verifyRegistry(
  db: Queries,
  publicKeys: readonly string[],
  head: AuditHead | undefined,
): Promise<AuditReport> {
  const verification = new ChainVerification(publicKeys, head);
  const rows = pages<SealedRow>((after) =>
    db.select().from(auditLog).where(gt(auditLog.id, after)).orderBy(asc(auditLog.id)).limit(PAGE_ROWS),
  );
  const seals = pages<Seal>((after) =>
    db.select().from(auditSeals).where(gt(auditSeals.id, after)).orderBy(asc(auditSeals.id)).limit(PAGE_ROWS),
  );
  let [row, seal] = [await rows(), await seals()];
  while (row !== undefined || seal !== undefined) {
    const id = Math.min(row?.id ?? Infinity, seal?.id ?? Infinity);
    const [ofRow, ofSeal]: [SealedRow | undefined, Seal | undefined] = [
      row?.id === id ? row : undefined,
      seal?.id === id ? seal : undefined,
    ];
    verification.add(ofRow, ofSeal);
    if (ofRow) row = await rows();
    if (ofSeal) seal = await seals();
  }
  const [sequence] = await db.all<{ seq: number }>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'`);
  verification.end(sequence?.seq);
  const held = await db
    .select({ model: versions.model, number: versions.number })
    .from(versions)
    .where(eq(versions.stage, "production"));
  verification.compareProduction(new Map(held.map(({ model, number }) => [model, number])));
  return { rows: verification.rows, adopted: verification.adopted, problems: verification.problems.slice(0, PROBLEMS_MAX) };
}

/** As the control plane verifies its own: there, a head that is gone is a problem like any other. */
export async function verifyOwnRegistry(
  db: Queries,
  publicKeys: readonly string[],
  head: AuditHead | undefined,
): Promise<AuditReport> {
  const report = await verifyRegistry(db, publicKeys, head);
  if (head !== undefined || report.rows === 0) return report;
  const detail = "audit-head.json is gone, so nobody can say whether rows are missing from the end";
  return { ...report, problems: [...report.problems, { kind: "head_missing", id: null, detail }] };
}

/** The next row on each call; undefined at the end. */
function pages<Row extends { id: number }>(read: (after: number) => Promise<Row[]>): () => Promise<Row | undefined> {
  let page: Row[] = [];
  let at = 0;
  let after = 0;
  return async function next() {
    if (at === page.length) {
      page = await read(after);
      at = 0;
    }
    const row = page[at++];
    if (row) after = row.id;
    else at = page.length;
    return row;
  };
}
