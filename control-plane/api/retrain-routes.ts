/** Routes of retraining runs: ask for one, list, show, log, cancel; accept or dismiss a suggestion; why a version exists. */
import { createRoute } from "@hono/zod-openapi";
import { readLog } from "../retraining/records/log-records.ts";
import { findRun, listRuns, moveRunRow, requestCancel, type RunRow } from "../retraining/records/run-records.ts";
import { readRun } from "../retraining/records/run-answer.ts";
import { requestRun } from "../retraining/request-run.ts";
import { isOver, type RunMove } from "../retraining/run-state.ts";
import { whyVersion } from "../retraining/why.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { logAnswer, logQuery, reasonBody, runAnswer, runPath, runsAnswer, runsQuery } from "./retrain-schemas.ts";
import { modelPath, versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";
import { whyAnswer } from "./why-schema.ts";

const tags = ["Retraining"];
const security = BEARER;
const bodyErrors = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;
const body = jsonRequest(reasonBody);

const ask = createRoute({
  method: "post",
  path: "/api/models/{model}/retrain",
  tags,
  security,
  summary: "Ask for a run now; no cooldown holds it",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body },
  responses: {
    202: { description: "The run; it waits its turn", content: jsonContent(runAnswer) },
    ...errorAnswers("retrain_not_configured", "retrain_active", ...bodyErrors),
  },
});

const list = createRoute({
  method: "get",
  path: "/api/retrains",
  tags,
  security,
  summary: "Runs and suggestions",
  request: { query: runsQuery },
  responses: { 200: { description: "Newest first", content: jsonContent(runsAnswer) }, ...errorAnswers("query_invalid") },
});

const show = createRoute({
  method: "get",
  path: "/api/retrains/{id}",
  tags,
  security,
  summary: "One run with its events and what its steps found",
  request: { params: runPath },
  responses: {
    200: { description: "The run", content: jsonContent(runAnswer) },
    ...errorAnswers("retrain_unknown", "query_invalid"),
  },
});

const log = createRoute({
  method: "get",
  path: "/api/retrains/{id}/log",
  tags,
  security,
  summary: "What the commands of a run printed, from a line on",
  request: { params: runPath, query: logQuery },
  responses: {
    200: { description: "Lines in order", content: jsonContent(logAnswer) },
    ...errorAnswers("retrain_unknown", "query_invalid"),
  },
});

const act = <Name extends "cancel" | "accept" | "dismiss">(name: Name, summary: string) =>
  createRoute({
    method: "post",
    path: `/api/retrains/{id}/${name}` as const,
    tags,
    security,
    summary,
    middleware: [jsonBody] as const,
    request: { params: runPath, body },
    responses: {
      200: { description: "The run as it is then", content: jsonContent(runAnswer) },
      ...errorAnswers("retrain_unknown", "retrain_move_illegal", "retrain_active", ...bodyErrors),
    },
  });

const why = createRoute({
  method: "get",
  path: "/api/models/{model}/versions/{version}/why",
  tags,
  security,
  summary: "Why a version exists: trigger, evidence, data, trainer, comparison, sign-offs, gates, releases",
  request: { params: versionPath },
  responses: {
    200: { description: "The whole chain", content: jsonContent(whyAnswer) },
    ...errorAnswers("model_unknown", "version_unknown"),
  },
});

export function addRetrains(app: Api, { registry, runner, now }: AppTools): void {
  const answer = async (id: number) => valueOrThrow(await registry.read((db) => readRun(db, id, runner.progressOf(id))));

  app.openapi(ask, async (c) => {
    const { model } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const caller = c.get("caller");
    const run = valueOrThrow(await registry.write((db) => requestRun(db, { ...caller, now: now() }, model, reason)));
    runner.wake();
    return c.json(await answer(run.id), 202, { location: `/api/retrains/${run.id}` });
  });

  app.openapi(list, async (c) => {
    const query = c.req.valid("query");
    return c.json(await registry.read((db) => listRuns(db, query)), 200);
  });

  app.openapi(show, async (c) => c.json(await answer(c.req.valid("param").id), 200));

  app.openapi(log, async (c) => {
    const { id } = c.req.valid("param");
    const query = c.req.valid("query");
    // The state first: lines that come after it was read belong to a run that was not over.
    const { state } = valueOrThrow(await registry.read((db) => findRun(db, id)));
    const lines = await registry.read((db) => readLog(db, id, query));
    return c.json({ lines, isComplete: isOver(state) && lines.length < query.limit }, 200);
  });

  app.openapi(act("cancel", "Cancel a run that is queued or under way"), async (c) => {
    const { id } = c.req.valid("param");
    const caller = c.get("caller");
    const { reason } = c.req.valid("json");
    valueOrThrow(await registry.write((db) => requestCancel(db, { ...caller, now: now() }, id, reason)));
    runner.cancel(id);
    return c.json(await answer(id), 200);
  });

  const move = async (id: number, caller: Parameters<typeof requestCancel>[1], runMove: RunMove, text: string): Promise<RunRow> =>
    valueOrThrow(await registry.write((db) => moveRunRow(db, caller, id, { move: runMove, text })));

  app.openapi(act("accept", "Accept a suggestion: its run waits its turn"), async (c) => {
    const { id } = c.req.valid("param");
    await move(id, { ...c.get("caller"), now: now() }, "accept", c.req.valid("json").reason);
    runner.wake();
    return c.json(await answer(id), 200);
  });

  app.openapi(act("dismiss", "Dismiss a suggestion"), async (c) => {
    const { id } = c.req.valid("param");
    await move(id, { ...c.get("caller"), now: now() }, "dismiss", c.req.valid("json").reason);
    return c.json(await answer(id), 200);
  });

  app.openapi(why, async (c) => {
    const { model, version } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => whyVersion(db, model, version))), 200);
  });
}
