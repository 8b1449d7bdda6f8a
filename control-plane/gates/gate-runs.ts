/** Gate runs in the registry: adding one, signed; the newest that measured something. What is read is only trusted once its signature has verified. */
import { and, desc, eq } from "drizzle-orm";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import { versionNumber } from "../../contract/names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Queries } from "../registry/database.ts";
import { gateRuns } from "../registry/gate-schema.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { gateRunRecord, type GateRunRecord } from "./gate-run.ts";

export type StoredGateRun = { id: number; record: GateRunRecord };

/** Answers the run's id. */
export async function insertGateRun(db: Queries, key: ReleaseKey, record: GateRunRecord): Promise<number> {
  const payload = canonicalJson(record as unknown as JsonValue);
  const { model, version, act, at } = record;
  const [row] = await db
    .insert(gateRuns)
    .values({ model, number: versionNumber(version), act, at, payload, signature: key.signText(payload) })
    .returning({ id: gateRuns.id });
  if (!row) throw new Error("a gate run was inserted and did not come back");
  return row.id;
}

/** The newest run that collected evidence for a version; undefined when there is none. */
export async function newestRun(
  db: Queries,
  key: ReleaseKey,
  model: string,
  number: number,
): Promise<Result<StoredGateRun, { run: number }> | undefined> {
  const [row] = await db
    .select()
    .from(gateRuns)
    .where(and(eq(gateRuns.model, model), eq(gateRuns.number, number), eq(gateRuns.act, "run")))
    .orderBy(desc(gateRuns.id))
    .limit(1);
  return row && verified(row, key);
}

export async function findGateRun(
  db: Queries,
  key: ReleaseKey,
  id: number,
): Promise<Result<StoredGateRun, { run: number }> | undefined> {
  const [row] = await db.select().from(gateRuns).where(eq(gateRuns.id, id));
  return row && verified(row, key);
}

/** A row whose text, signature, version or act is not as it was signed is not a run. */
function verified(row: typeof gateRuns.$inferSelect, key: ReleaseKey): Result<StoredGateRun, { run: number }> {
  if (!key.isTextSigned(row.payload, row.signature)) return fail({ run: row.id });
  const record = gateRunRecord.parse(JSON.parse(row.payload));
  const isOfRow = record.model === row.model && record.version === `v${row.number}` && record.act === row.act;
  return isOfRow ? succeed({ id: row.id, record }) : fail({ run: row.id });
}
