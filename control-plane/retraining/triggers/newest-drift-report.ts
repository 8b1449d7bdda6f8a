/** The newest stored drift report that says something of a version: one on its live traffic, or one from files. Reads only. */
import { and, desc, eq, isNull, or } from "drizzle-orm";
import type { Queries } from "../../registry/database.ts";
import { driftReports } from "../../registry/drift-schema.ts";
import type { TriggerFacts } from "./decision.ts";

export async function newestDriftReport(db: Queries, model: string, number: number): Promise<TriggerFacts["driftReport"]> {
  const [row] = await db
    .select()
    .from(driftReports)
    .where(and(eq(driftReports.model, model), or(eq(driftReports.number, number), isNull(driftReports.number))))
    .orderBy(desc(driftReports.id))
    .limit(1);
  if (!row) return undefined;
  const features = Object.entries(row.report.features).flatMap(([feature, { psi }]) => (psi ? [{ feature, psi: psi.psi }] : []));
  return { id: String(row.id), at: new Date(row.createdAt), features };
}
