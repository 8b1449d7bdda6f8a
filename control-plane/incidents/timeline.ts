/**
 * An incident's timeline: what happened to it, and what else happened from `timelineFrom` until it was over: stage moves (registrations,
 * promotions, rollbacks), releases and their publication, its own alerts and others'. All of it is read from tables that only grow, so what
 * was attached when the incident opened cannot be lost, and what happens while it is open is there at once.
 */
import { and, between, desc, eq, or } from "drizzle-orm";
import type { TimelineEntry } from "../api/incident-schemas.ts";
import type { Queries } from "../registry/database.ts";
import { incidentAlerts, incidentEvents, incidents, outbox, releases, stageMoves } from "../registry/schema.ts";

/** The newest of each source. */
export const TIMELINE_ROWS_MAX = 500;

export interface Timeline {
  entries: TimelineEntry[];
  isCut: boolean;
}

type Span = Pick<typeof incidents.$inferSelect, "id" | "timelineFrom" | "resolvedAt" | "closedAt">;

/** Oldest first. */
export async function readTimeline(db: Queries, incident: Span, now: Date): Promise<Timeline> {
  const from = incident.timelineFrom;
  const to = incident.resolvedAt ?? incident.closedAt ?? now.toISOString();
  const sources = [
    await ownEvents(db, incident.id),
    await moves(db, from, to),
    await publications(db, from, to),
    await alertsAround(db, incident.id, from, to),
  ];
  const entries = sources.flatMap(({ entries }) => entries);
  // The sort is stable: of two things at one time, those of the earlier source come first, and an act's move before its release.
  return {
    entries: entries.toSorted(({ at }, { at: other }) => (at < other ? -1 : Number(at > other))),
    isCut: sources.some(({ isCut }) => isCut),
  };
}

const cut = <Row>(newestFirst: readonly Row[], toEntries: (row: Row) => TimelineEntry[]): Timeline => ({
  entries: newestFirst.slice(0, TIMELINE_ROWS_MAX).toReversed().flatMap(toEntries),
  isCut: newestFirst.length > TIMELINE_ROWS_MAX,
});

async function ownEvents(db: Queries, id: number): Promise<Timeline> {
  const rows = await db
    .select()
    .from(incidentEvents)
    .where(eq(incidentEvents.incidentId, id))
    .orderBy(desc(incidentEvents.id))
    .limit(TIMELINE_ROWS_MAX + 1);
  return cut(rows, ({ at, kind, text, actorName }) => [{ at, kind, text, model: null, by: actorName }]);
}

async function moves(db: Queries, from: string, to: string): Promise<Timeline> {
  const rows = await db
    .select()
    .from(stageMoves)
    .where(between(stageMoves.at, from, to))
    .orderBy(desc(stageMoves.id))
    .limit(TIMELINE_ROWS_MAX + 1);
  return cut(rows, ({ at, model, number, act, from, to, reason, actorName }) => {
    const what =
      act === "register"
        ? `registered ${model} v${number} in ${to}`
        : `${act}: ${model} v${number} from ${from ?? "nowhere"} to ${to}`;
    return [{ at, kind: "moved", text: `${what} (${reason})`, model, by: actorName }];
  });
}

/** A release when it was made, and again when the edge's storage had it. */
async function publications(db: Queries, from: string, to: string): Promise<Timeline> {
  const rows = await db
    .select({
      model: releases.model,
      generation: releases.generation,
      issuedAt: releases.issuedAt,
      publishedAt: outbox.publishedAt,
    })
    .from(releases)
    .leftJoin(outbox, and(eq(outbox.model, releases.model), eq(outbox.generation, releases.generation)))
    .where(or(between(releases.issuedAt, from, to), between(outbox.publishedAt, from, to)))
    .orderBy(desc(releases.issuedAt))
    .limit(TIMELINE_ROWS_MAX + 1);
  return cut(rows, ({ model, generation, issuedAt, publishedAt }) => {
    const entry = (at: string | null, verb: string): TimelineEntry[] =>
      at === null || at < from || at > to
        ? []
        : [{ at, kind: "released", text: `release ${generation} of ${model} ${verb}`, model, by: null }];
    return [...entry(issuedAt, "made"), ...entry(publishedAt, "published to the edge's storage")];
  });
}

async function alertsAround(db: Queries, id: number, from: string, to: string): Promise<Timeline> {
  const inSpan = or(between(incidentAlerts.startsAt, from, to), between(incidentAlerts.endsAt, from, to));
  const rows = await db
    .select()
    .from(incidentAlerts)
    .where(or(eq(incidentAlerts.incidentId, id), inSpan))
    .orderBy(desc(incidentAlerts.startsAt))
    .limit(TIMELINE_ROWS_MAX + 1);
  return cut(rows, ({ incidentId, name, severity, labels, startsAt, endsAt }) => {
    const isOwn = incidentId === id;
    const text = `${name} (${severity})${isOwn ? "" : ` of incident ${incidentId}`}`;
    const entry = (at: string | null, kind: "alert_fired" | "alert_resolved"): TimelineEntry[] =>
      at === null || (!isOwn && (at < from || at > to)) ? [] : [{ at, kind, text, model: labels["model"] ?? null, by: null }];
    return [...entry(startsAt, "alert_fired"), ...entry(endsAt, "alert_resolved")];
  });
}
