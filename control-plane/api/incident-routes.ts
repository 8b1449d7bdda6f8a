/** Routes of incidents: Alertmanager's webhook, the list, one incident, notes, closing. */
import { createRoute } from "@hono/zod-openapi";
import { actOnAlerts } from "../bake/act-on-alerts.ts";
import { closeIncident } from "../incidents/close-incident.ts";
import { readDelivery } from "../incidents/delivery.ts";
import { listIncidents, noteIncident, showIncident } from "../incidents/incident-records.ts";
import { receiveDelivery } from "../incidents/receive-delivery.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import {
  alertsAnswer,
  alertsBody,
  closeBody,
  closedAnswer,
  incidentAnswer,
  incidentPath,
  incidentsAnswer,
  incidentsQuery,
  noteBody,
} from "./incident-schemas.ts";
import { jsonBody } from "./json-body.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Incidents"];
const security = BEARER;
const bodyErrors = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;

const alerts = createRoute({
  method: "post",
  path: "/api/alerts",
  tags,
  security,
  summary: "Alertmanager's webhook: opens or updates the group's incident; a repeated delivery changes nothing",
  middleware: [jsonBody] as const,
  request: { body: jsonRequest(alertsBody) },
  responses: { 200: { description: "Taken, and stored", content: jsonContent(alertsAnswer) }, ...errorAnswers(...bodyErrors) },
});

const list = createRoute({
  method: "get",
  path: "/api/incidents",
  tags,
  security,
  summary: "Incidents",
  request: { query: incidentsQuery },
  responses: { 200: { description: "Newest first", content: jsonContent(incidentsAnswer) }, ...errorAnswers("query_invalid") },
});

const show = createRoute({
  method: "get",
  path: "/api/incidents/{id}",
  tags,
  security,
  summary: "One incident with its alerts and its timeline",
  request: { params: incidentPath },
  responses: {
    200: { description: "The incident", content: jsonContent(incidentAnswer) },
    ...errorAnswers("incident_unknown", "query_invalid"),
  },
});

const note = createRoute({
  method: "post",
  path: "/api/incidents/{id}/notes",
  tags,
  security,
  summary: "Add a note to an incident's timeline",
  middleware: [jsonBody] as const,
  request: { params: incidentPath, body: jsonRequest(noteBody) },
  responses: {
    201: { description: "The incident with the note", content: jsonContent(incidentAnswer) },
    ...errorAnswers("incident_unknown", ...bodyErrors),
  },
});

const close = createRoute({
  method: "post",
  path: "/api/incidents/{id}/close",
  tags,
  security,
  summary: "Close an incident and write the draft of its post-mortem",
  middleware: [jsonBody] as const,
  request: { params: incidentPath, body: jsonRequest(closeBody) },
  responses: {
    200: { description: "The closed incident, and where the draft is", content: jsonContent(closedAnswer) },
    ...errorAnswers("incident_unknown", "incident_closed", "post_mortem_unwritable", ...bodyErrors),
  },
});

export function addIncidents(app: Api, { registry, reconciler, key, incidents, now }: AppTools): void {
  app.openapi(alerts, async (c) => {
    const body = c.req.valid("json");
    const caller = c.get("caller");
    let isReleased = false;
    const received = await registry.write(async (db) => {
      const context = { ...caller, now: now() };
      const delivery = readDelivery(body, context.now);
      const answer = await receiveDelivery(db, context, delivery, incidents.timelineHours);
      // A delivery that only repeats says nothing new, so nothing is taken back twice.
      const isNews = answer.ok && answer.value.act !== "unchanged";
      isReleased = isNews && (await actOnAlerts(db, key, context, delivery.alerts, incidents.timelineHours));
      return answer;
    });
    if (isReleased) reconciler.wake();
    return c.json(valueOrThrow(received), 200);
  });

  app.openapi(list, async (c) => {
    const query = c.req.valid("query");
    return c.json(await registry.read((db) => listIncidents(db, query)), 200);
  });

  app.openapi(show, async (c) => {
    const { id } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => showIncident(db, id, now()))), 200);
  });

  app.openapi(note, async (c) => {
    const { id } = c.req.valid("param");
    const { text } = c.req.valid("json");
    const caller = c.get("caller");
    return c.json(valueOrThrow(await registry.write((db) => noteIncident(db, { ...caller, now: now() }, id, text))), 201);
  });

  app.openapi(close, async (c) => {
    const { id } = c.req.valid("param");
    const tools = { registry, incidentsDirectory: incidents.directory, now };
    return c.json(valueOrThrow(await closeIncident(tools, c.get("caller"), id, c.req.valid("json"))), 200);
  });
}
