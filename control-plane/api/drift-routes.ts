/** Routes of drift: looking at live traffic now, references made from it, reports (list, one, as a page), taking in a file job's report. */
import { createRoute, z } from "@hono/zod-openapi";
import { succeed } from "../../contract/result.ts";
import { htmlPage } from "../../drift-job/report/html-page.ts";
import { driftNow, versionAt } from "../drift/run-drift.ts";
import { insertReport, listReports, psiHistory, showReport } from "../drift/report-records.ts";
import { setLiveReference, showReference } from "../drift/version-reference.ts";
import { findModel } from "../registry/models.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import {
  driftReportAnswer,
  driftReportPath,
  driftReportsAnswer,
  driftReportsQuery,
  fileReportBody,
  liveDriftBody,
  liveReferenceAnswer,
  liveReferenceBody,
  liveReferenceQuery,
} from "./drift-schemas.ts";
import { jsonBody } from "./json-body.ts";
import { modelPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Drift"];
const security = BEARER;
const bodyErrors = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;
const lookupErrors = ["model_unknown", "version_unknown", "reference_absent"] as const;

const live = createRoute({
  method: "post",
  path: "/api/models/{model}/drift/live",
  tags,
  security,
  summary: "Compare the live traffic of the last hours with the version's reference; the report is stored",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(liveDriftBody) },
  responses: {
    201: { description: "The report", content: jsonContent(driftReportAnswer) },
    ...errorAnswers(...bodyErrors, ...lookupErrors, "edge_silent"),
  },
});

const setReference = createRoute({
  method: "post",
  path: "/api/models/{model}/drift/reference",
  tags,
  security,
  summary: "Compare with a window of live traffic from now on, or with the registered reference again",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(liveReferenceBody) },
  responses: {
    201: { description: "The reference that counts now", content: jsonContent(liveReferenceAnswer) },
    ...errorAnswers(...bodyErrors, ...lookupErrors, "rows_too_few"),
  },
});

const reference = createRoute({
  method: "get",
  path: "/api/models/{model}/drift/reference",
  tags,
  security,
  summary: "The reference that a version's live traffic is compared with",
  request: { params: modelPath, query: liveReferenceQuery },
  responses: {
    200: { description: "The reference", content: jsonContent(liveReferenceAnswer) },
    ...errorAnswers(...lookupErrors, "query_invalid"),
  },
});

const take = createRoute({
  method: "post",
  path: "/api/models/{model}/drift/reports",
  tags,
  security,
  summary: "Take in a report that the drift job made from files",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(fileReportBody) },
  responses: {
    201: { description: "The report as stored", content: jsonContent(driftReportAnswer) },
    ...errorAnswers(...bodyErrors, "model_unknown", "body_too_large"),
  },
});

const list = createRoute({
  method: "get",
  path: "/api/drift/reports",
  tags,
  security,
  summary: "Drift reports",
  request: { query: driftReportsQuery },
  responses: { 200: { description: "Newest first", content: jsonContent(driftReportsAnswer) }, ...errorAnswers("query_invalid") },
});

const show = createRoute({
  method: "get",
  path: "/api/drift/reports/{id}",
  tags,
  security,
  summary: "One drift report",
  request: { params: driftReportPath },
  responses: {
    200: { description: "The report", content: jsonContent(driftReportAnswer) },
    ...errorAnswers("drift_report_unknown", "query_invalid"),
  },
});

const page = createRoute({
  method: "get",
  path: "/api/drift/reports/{id}/page",
  tags,
  security,
  summary: "One drift report as a self-contained HTML page",
  request: { params: driftReportPath },
  responses: {
    200: { description: "The page", content: { "text/html": { schema: z.string() } } },
    ...errorAnswers("drift_report_unknown", "query_invalid"),
  },
});

export function addDrift(app: Api, { registry, drift, now }: AppTools): void {
  app.openapi(live, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await driftNow(drift, c.get("caller"), model, c.req.valid("json"))), 201);
  });

  app.openapi(setReference, async (c) => {
    const { model } = c.req.valid("param");
    const body = c.req.valid("json");
    const caller = c.get("caller");
    const version = valueOrThrow(await registry.read((db) => versionAt(db, model, body.version, now())));
    const rowsMin = drift.rule.minimumRows;
    const set = await registry.write((db) => setLiveReference(db, { ...caller, now: now() }, model, version, body, rowsMin));
    return c.json(valueOrThrow(set), 201);
  });

  app.openapi(reference, async (c) => {
    const { model } = c.req.valid("param");
    const { version: asked } = c.req.valid("query");
    const version = valueOrThrow(await registry.read((db) => versionAt(db, model, asked, now())));
    return c.json(valueOrThrow(await registry.read((db) => showReference(db, model, version))), 200);
  });

  app.openapi(take, async (c) => {
    const { model } = c.req.valid("param");
    const { report } = c.req.valid("json");
    valueOrThrow(await registry.read((db) => findModel(db, model)));
    const made = {
      model,
      number: null,
      origin: "file" as const,
      scheduledFor: null,
      windowFrom: null,
      windowTo: null,
      region: null,
      report,
      createdByName: c.get("caller").actor.name,
    };
    const id = valueOrThrow(await registry.write(async (db) => succeed(await insertReport(db, made, now()))));
    return c.json(valueOrThrow(await registry.read((db) => showReport(db, id as number))), 201);
  });

  app.openapi(list, async (c) => {
    const query = c.req.valid("query");
    return c.json(await registry.read((db) => listReports(db, query)), 200);
  });

  app.openapi(show, async (c) => {
    const { id } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => showReport(db, id))), 200);
  });

  app.openapi(page, async (c) => {
    const { id } = c.req.valid("param");
    const { model, report } = valueOrThrow(await registry.read((db) => showReport(db, id)));
    const history = await registry.read((db) => psiHistory(db, model, id));
    return c.html(htmlPage(report, history));
  });
}
