/** The stored drift reports: adding one, a page of them, one, the newest of each model. Queries only; rows are never changed. */
import { and, desc, eq, inArray, isNull, lt, lte, max, ne } from "drizzle-orm";
import type { DriftReport } from "../../contract/drift-report.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type {
  DriftOrigin,
  DriftReportAnswer,
  DriftReportsAnswer,
  DriftReportsQuery,
  DriftReportSummary,
  DriftVerdict,
} from "../api/drift-schemas.ts";
import type { DriftFailure } from "../failure.ts";
import type { Queries } from "../registry/database.ts";
import { driftReports } from "../registry/drift-schema.ts";

/** As many as a page can show. */
const HISTORY_REPORTS_MAX = 60;

export type ReportRow = typeof driftReports.$inferSelect;

export interface NewReport {
  model: string;
  number: number | null;
  origin: DriftOrigin;
  scheduledFor: Date | null;
  windowFrom: Date | null;
  windowTo: Date | null;
  region: string | null;
  report: DriftReport;
  createdByName: string;
}

/** Undefined when the turn that it is has a report already: nothing is written then. */
export async function insertReport(db: Queries, made: NewReport, now: Date): Promise<number | undefined> {
  const { report, scheduledFor, windowFrom, windowTo, ...rest } = made;
  const [row] = await db
    .insert(driftReports)
    .values({
      ...rest,
      scheduledFor: scheduledFor?.toISOString() ?? null,
      windowFrom: windowFrom?.toISOString() ?? null,
      windowTo: windowTo?.toISOString() ?? null,
      verdict: verdictOf(report),
      referenceRows: report.reference_size,
      currentRows: report.current_size,
      report,
      createdAt: now.toISOString(),
    })
    .onConflictDoNothing()
    .returning({ id: driftReports.id });
  return row?.id;
}

export async function listReports(db: Queries, query: DriftReportsQuery): Promise<DriftReportsAnswer> {
  const rows = await db
    .select()
    .from(driftReports)
    .where(
      and(
        query.model === undefined ? undefined : eq(driftReports.model, query.model),
        query.origin === undefined ? undefined : eq(driftReports.origin, query.origin),
        query.before === undefined ? undefined : lt(driftReports.id, query.before),
      ),
    )
    .orderBy(desc(driftReports.id))
    .limit(query.limit + 1);
  const reports = rows.slice(0, query.limit).map(summaryOf);
  return { reports, next: rows.length > query.limit ? (reports.at(-1)?.id ?? null) : null };
}

export async function showReport(db: Queries, id: number): Promise<Result<DriftReportAnswer, DriftFailure>> {
  const [row] = await db.select().from(driftReports).where(eq(driftReports.id, id));
  return row ? succeed({ ...summaryOf(row), report: row.report }) : fail({ reason: "drift_report_unknown", id });
}

/** Of each model the newest report that speaks for it as a whole. */
export async function newestReports(db: Queries): Promise<ReportRow[]> {
  const newest = db
    .select({ id: max(driftReports.id) })
    .from(driftReports)
    .where(ofWhole())
    .groupBy(driftReports.model);
  return db.select().from(driftReports).where(inArray(driftReports.id, newest)).orderBy(driftReports.model);
}

/** PSI of each feature in the reports of a model as a whole up to `id`, oldest first. */
export async function psiHistory(
  db: Queries,
  model: string,
  id: number,
): Promise<Record<string, { timestamp: string; psi: number }[]>> {
  const rows = await db
    .select({ report: driftReports.report })
    .from(driftReports)
    .where(and(ofWhole(), eq(driftReports.model, model), lte(driftReports.id, id)))
    .orderBy(desc(driftReports.id))
    .limit(HISTORY_REPORTS_MAX);
  const history: Record<string, { timestamp: string; psi: number }[]> = {};
  for (const { report } of rows.toReversed()) {
    for (const [name, { psi }] of Object.entries(report.features)) {
      if (psi) (history[name] ??= []).push({ timestamp: report.timestamp, psi: psi.psi });
    }
  }
  return history;
}

/**
 * By model: until when its traffic as a whole had been looked at, ascending, up to `before`. Of a file's report, whose rows tell no time, when it was
 * made.
 */
export async function driftChecksBefore(db: Queries, before: Date): Promise<Map<string, Date[]>> {
  const rows = await db
    .select({ model: driftReports.model, windowTo: driftReports.windowTo, createdAt: driftReports.createdAt })
    .from(driftReports)
    .where(and(ofWhole(), lte(driftReports.createdAt, before.toISOString())));
  const checks = new Map<string, Date[]>();
  for (const { model, windowTo, createdAt } of rows) {
    const of = checks.get(model) ?? [];
    if (of.length === 0) checks.set(model, of);
    of.push(new Date(windowTo ?? createdAt));
  }
  for (const of of checks.values()) of.sort((a, b) => a.getTime() - b.getTime());
  return checks;
}

/** The last turn of a model that has a report. */
export async function lastTurn(db: Queries, model: string): Promise<Date | undefined> {
  const [row] = await db
    .select({ turn: max(driftReports.scheduledFor) })
    .from(driftReports)
    .where(eq(driftReports.model, model));
  return row?.turn ? new Date(row.turn) : undefined;
}

// --- Not exported ---

/** A report that speaks for the model as a whole: no single region, and nobody's question of the moment. */
const ofWhole = () => and(isNull(driftReports.region), ne(driftReports.origin, "manual"));

function summaryOf({ number, report: _, ...row }: ReportRow): DriftReportSummary {
  const { createdByName, ...rest } = row;
  return { ...rest, version: number === null ? null : `v${number}`, createdBy: createdByName };
}

/** By the report's own rule for the data set, as the exit code is. What was not judged at all is not "no drift". */
function verdictOf({ drift_detected: isDataSetDrifted, features }: DriftReport): DriftVerdict {
  if (isDataSetDrifted) return "drift";
  const judged = Object.values(features).flatMap(({ drift_detected }) => drift_detected ?? []);
  if (judged.includes(true)) return "some_features";
  return judged.length > 0 ? "no_drift" : "not_enough_data";
}
