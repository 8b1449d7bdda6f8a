/** Routes that read model lines: list, one, history, release. */
import { createRoute } from "@hono/zod-openapi";
import { readHistory } from "../registry/history.ts";
import { findModel, listModels } from "../registry/models.ts";
import { describeRelease } from "../releases/current-release.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { historyAnswer, historyQuery, modelAnswer, modelPath, modelsAnswer, releaseAnswer } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Models"];
const security = BEARER;

const list = createRoute({
  method: "get",
  path: "/api/models",
  tags,
  security,
  summary: "All model lines",
  responses: { 200: { description: "By name", content: jsonContent(modelsAnswer) }, ...errorAnswers() },
});

const one = createRoute({
  method: "get",
  path: "/api/models/{model}",
  tags,
  security,
  summary: "One model line",
  request: { params: modelPath },
  responses: { 200: { description: "The model line", content: jsonContent(modelAnswer) }, ...errorAnswers("model_unknown") },
});

const history = createRoute({
  method: "get",
  path: "/api/models/{model}/history",
  tags,
  security,
  summary: "Every stage move: who, when, why; with `at` also what was production at that time",
  request: { params: modelPath, query: historyQuery },
  responses: {
    200: { description: "Newest first", content: jsonContent(historyAnswer) },
    ...errorAnswers("model_unknown", "query_invalid"),
  },
});

const release = createRoute({
  method: "get",
  path: "/api/models/{model}/release",
  tags,
  security,
  summary: "The newest release and whether it is published",
  request: { params: modelPath },
  responses: {
    200: { description: "Both null before the first promotion", content: jsonContent(releaseAnswer) },
    ...errorAnswers("model_unknown"),
  },
});

export function addModels(app: Api, { registry }: AppTools): void {
  app.openapi(list, async (c) => c.json({ models: await registry.read(listModels) }, 200));

  app.openapi(one, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => findModel(db, model))), 200);
  });

  app.openapi(history, async (c) => {
    const { model } = c.req.valid("param");
    const query = c.req.valid("query");
    return c.json(valueOrThrow(await registry.read((db) => readHistory(db, model, query))), 200);
  });

  app.openapi(release, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => describeRelease(db, model))), 200);
  });
}
