/** Incidents in the registry: list, show, note, count. Alerts come in by receive-delivery.ts, closing is in close-incident.ts. */
import { and, asc, count, desc, eq, lt } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import {
  SEVERITIES,
  type IncidentAnswer,
  type IncidentsAnswer,
  type IncidentsQuery,
  type IncidentSummary,
  type Severity,
  type TimelineEntry,
} from "../api/incident-schemas.ts";
import type { IncidentFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { incidentAlerts, incidentEvents, incidents } from "../registry/schema.ts";
import { printable } from "./delivery.ts";
import { readTimeline } from "./timeline.ts";

export type IncidentRow = typeof incidents.$inferSelect;

/** Newest first. */
export async function listIncidents(db: Queries, { status, limit, before }: IncidentsQuery): Promise<IncidentsAnswer> {
  const rows = await db
    .select()
    .from(incidents)
    .where(
      and(
        status === undefined ? undefined : eq(incidents.status, status),
        before === undefined ? undefined : lt(incidents.id, before),
      ),
    )
    .orderBy(desc(incidents.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(toSummary);
  return { incidents: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function findIncident(db: Queries, id: number): Promise<Result<IncidentRow, IncidentFailure>> {
  const [row] = await db.select().from(incidents).where(eq(incidents.id, id));
  return row ? succeed(row) : fail({ reason: "incident_unknown", id });
}

/** The incident with its alerts and its timeline up to now, or to when it was over. */
export async function showIncident(db: Queries, id: number, now: Date): Promise<Result<IncidentAnswer, IncidentFailure>> {
  const found = await findIncident(db, id);
  if (!found.ok) return found;
  const row = found.value;
  const alerts = await db
    .select()
    .from(incidentAlerts)
    .where(eq(incidentAlerts.incidentId, id))
    .orderBy(asc(incidentAlerts.startsAt), asc(incidentAlerts.fingerprint));
  const { entries, isCut } = await readTimeline(db, row, now);
  const { alertsTruncated, timelineFrom, summary, cause, actions, postMortemPath } = row;
  return succeed({
    ...toSummary(row),
    alerts: alerts.map(({ incidentId: _, fingerprint: __, receivedAt: ___, ...alert }) => alert),
    alertsTruncated,
    timeline: entries,
    timelineFrom,
    isTimelineCut: isCut,
    summary,
    cause,
    actions,
    postMortemPath,
  });
}

/** A closed incident takes notes too: what is learned later belongs to it. The draft that was written stays as it is. */
export async function noteIncident(
  db: Queries,
  context: ActContext,
  id: number,
  text: string,
): Promise<Result<IncidentAnswer, IncidentFailure>> {
  const found = await findIncident(db, id);
  if (!found.ok) return found;
  await appendEvent(db, context, id, "noted", printable(text));
  await appendAudit(db, context, { act: "incident_noted", details: { incident: id } });
  return showIncident(db, id, context.now);
}

/** How many are open, for each severity: the values of the gauge `incidents_open`. */
export async function countOpenIncidents(db: Queries): Promise<Record<Severity, number>> {
  const rows = await db
    .select({ severity: incidents.severity, open: count() })
    .from(incidents)
    .where(eq(incidents.status, "open"))
    .groupBy(incidents.severity);
  const open = new Map(rows.map((row) => [row.severity, row.open]));
  return Object.fromEntries(SEVERITIES.map((severity) => [severity, open.get(severity) ?? 0])) as Record<Severity, number>;
}

export async function appendEvent(
  db: Queries,
  { actor, now }: ActContext,
  incidentId: number,
  kind: (typeof incidentEvents.$inferSelect)["kind"] & TimelineEntry["kind"],
  text: string,
): Promise<void> {
  await db.insert(incidentEvents).values({ incidentId, at: now.toISOString(), kind, text, actorName: actor.name });
}

function toSummary(row: IncidentRow): IncidentSummary {
  const { id, title, description, status, severity, models, services, startedAt, openedAt, resolvedAt, closedAt } = row;
  return {
    id,
    title,
    description,
    status,
    severity,
    models,
    services,
    startedAt,
    openedAt,
    resolvedAt,
    closedAt,
    closedBy: row.closedByName,
  };
}
