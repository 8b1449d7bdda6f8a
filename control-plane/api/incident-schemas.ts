/**
 * Bodies and answers of the alert and incident routes, with the types derived from them; the rest of the API's are in schemas.ts. Schemas
 * only. Alertmanager's webhook is taken leniently: what is too long is cut later, for a refused delivery would be an alert lost.
 */
import { z } from "@hono/zod-openapi";
import { PAGE_ROWS_MAX } from "./schemas.ts";

/** From least to most. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export const INCIDENT_STATUSES = ["open", "resolved", "closed"] as const;
/** What happens to an incident itself. */
export const INCIDENT_EVENTS = ["opened", "resolved", "reopened", "noted", "closed"] as const;
/** Everything that a timeline tells. */
export const TIMELINE_KINDS = [...INCIDENT_EVENTS, "moved", "released", "alert_fired", "alert_resolved"] as const;
export const ACTIONS_MAX = 50;

const at = z.iso.datetime();
const severity = z.enum(SEVERITIES);
const status = z.enum(INCIDENT_STATUSES);
/** Alertmanager writes its own zone and nanoseconds. */
const alertTime = z.iso.datetime({ offset: true });
const pairs = z.record(z.string(), z.string());

/** Alertmanager's webhook, version 4. Unknown members are ignored. */
export const alertsBody = z.object({
  version: z.literal("4"),
  groupKey: z.string().min(1).max(4096),
  status: z.enum(["firing", "resolved"]),
  truncatedAlerts: z.int().min(0).default(0),
  commonLabels: pairs.default({}),
  commonAnnotations: pairs.default({}),
  alerts: z
    .array(
      z.object({
        status: z.enum(["firing", "resolved"]),
        labels: pairs,
        annotations: pairs.default({}),
        startsAt: alertTime,
        endsAt: alertTime.optional(),
        fingerprint: z.string().min(1).max(128),
      }),
    )
    .min(1),
});

export const incidentPath = z.object({ id: z.coerce.number("an incident's id is a whole number").int().positive() });
export const incidentsQuery = z.object({
  status: status.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(50),
  before: z.coerce.number().int().positive().optional(),
});
const prose = z.string().trim().min(1).max(10_000);
export const noteBody = z.strictObject({ text: prose });
export const closeBody = z.strictObject({
  /** What happened, in a few sentences. */
  summary: prose,
  cause: prose.optional(),
  /** What is to be done so that it does not happen again. */
  actions: z.array(prose.max(1000)).max(ACTIONS_MAX).default([]),
});

export const alertsAnswer = z.object({
  /** Null: the delivery only repeated alerts that belong to a closed incident. */
  incident: z.int().nullable(),
  act: z.enum(["opened", "updated", "resolved", "reopened", "unchanged"]),
});
export const incidentSummary = z.object({
  id: z.int(),
  title: z.string(),
  description: z.string(),
  status,
  severity,
  models: z.array(z.string()),
  services: z.array(z.string()),
  startedAt: at,
  openedAt: at,
  resolvedAt: at.nullable(),
  closedAt: at.nullable(),
  closedBy: z.string().nullable(),
});
export const incidentAlert = z.object({
  name: z.string(),
  severity,
  status: z.enum(["firing", "resolved"]),
  startsAt: at,
  endsAt: at.nullable(),
  labels: pairs,
  annotations: pairs,
});
export const timelineEntry = z.object({
  at,
  kind: z.enum(TIMELINE_KINDS),
  text: z.string(),
  model: z.string().nullable(),
  /** Null: nobody in particular, as with an alert. */
  by: z.string().nullable(),
});
export const incidentAnswer = incidentSummary.extend({
  alerts: z.array(incidentAlert),
  /** Counted by Alertmanager but not listed in its delivery. */
  alertsTruncated: z.int(),
  /** Oldest first: what happened to the incident, and what else happened from `timelineFrom` until it was over. */
  timeline: z.array(timelineEntry),
  timelineFrom: at,
  /** Older entries exist than the timeline holds. */
  isTimelineCut: z.boolean(),
  summary: z.string().nullable(),
  cause: z.string().nullable(),
  actions: z.array(z.string()),
  /** Where closing wrote the post-mortem's draft. */
  postMortemPath: z.string().nullable(),
});
export const incidentsAnswer = z.object({ incidents: z.array(incidentSummary), next: z.int().nullable() });
export const closedAnswer = z.object({ incident: incidentAnswer, path: z.string() });

export type Severity = z.infer<typeof severity>;
export type IncidentStatus = z.infer<typeof status>;
export type AlertsBody = z.infer<typeof alertsBody>;
export type AlertsAnswer = z.infer<typeof alertsAnswer>;
export type IncidentsQuery = z.infer<typeof incidentsQuery>;
export type CloseBody = z.infer<typeof closeBody>;
export type IncidentSummary = z.infer<typeof incidentSummary>;
export type IncidentAlert = z.infer<typeof incidentAlert>;
export type TimelineEntry = z.infer<typeof timelineEntry>;
export type IncidentAnswer = z.infer<typeof incidentAnswer>;
export type IncidentsAnswer = z.infer<typeof incidentsAnswer>;
export type ClosedAnswer = z.infer<typeof closedAnswer>;
