/** Routes of evaluation sets: adding one and listing them. The rows themselves are never given out. */
import { createRoute, z } from "@hono/zod-openapi";
import { addEvaluationSet } from "../evaluation/add-set.ts";
import { listEvaluationSets, toSetAnswer } from "../evaluation/set-records.ts";
import { findModel } from "../registry/models.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { evaluationSetAnswer, evaluationSetMetadata, evaluationSetPath, evaluationSetsAnswer } from "./gate-schemas.ts";
import { modelPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Gates"];
const security = BEARER;

const list = createRoute({
  method: "get",
  path: "/api/models/{model}/evaluation-sets",
  tags,
  security,
  summary: "A model's evaluation sets, newest first; of a name the first is in force",
  request: { params: modelPath },
  responses: { 200: { description: "The sets", content: jsonContent(evaluationSetsAnswer) }, ...errorAnswers("model_unknown") },
});

const add = createRoute({
  method: "post",
  path: "/api/models/{model}/evaluation-sets/{name}",
  tags,
  security,
  summary: "Add an evaluation set: multipart with the file of rows and which column is what",
  request: { params: evaluationSetPath },
  responses: {
    201: { description: "The set", content: jsonContent(evaluationSetAnswer) },
    ...errorAnswers(
      "model_unknown",
      "evaluation_set_invalid",
      "body_invalid",
      "body_not_json",
      "media_type_unsupported",
      "body_too_large",
      "registry_busy",
    ),
  },
});

/** Described apart from the route: a schema on the route would make the framework read the whole body into memory. */
const multipart = z.object({ rows: z.any().openapi({ type: "string", format: "binary" }), metadata: evaluationSetMetadata });

export function addEvaluationSets(app: Api, { registry, gates }: AppTools): void {
  app.openapi(list, async (c) => {
    const { model } = c.req.valid("param");
    valueOrThrow(await registry.read((db) => findModel(db, model)));
    return c.json({ sets: (await registry.read((db) => listEvaluationSets(db, model))).map(toSetAnswer) }, 200);
  });

  app.openAPIRegistry.registerPath({
    ...add,
    request: { params: evaluationSetPath, body: { required: true, content: { "multipart/form-data": { schema: multipart } } } },
  });
  app.openapi({ ...add, hide: true }, async (c) => {
    const source = { contentType: c.req.header("content-type"), body: c.req.raw.body };
    return c.json(valueOrThrow(await addEvaluationSet(gates, c.get("caller"), c.req.valid("param"), source)), 201);
  });
}
