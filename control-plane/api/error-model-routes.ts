/** The route that gives a version its error model, for RMSE estimated without truth. */
import { createRoute, z } from "@hono/zod-openapi";
import { receiveErrorModel } from "../error-model/receive-error-model.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { errorModelAnswer, errorModelMetadata } from "./error-model-schemas.ts";
import { versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const add = createRoute({
  method: "post",
  path: "/api/models/{model}/versions/{version}/error-model",
  tags: ["Quality"],
  security: BEARER,
  summary:
    "Give a version its error model: multipart with the ONNX file and how it was fitted. A version that is served gets a release with it",
  request: { params: versionPath },
  responses: {
    201: { description: "The error model", content: jsonContent(errorModelAnswer) },
    ...errorAnswers(
      "model_unknown",
      "version_unknown",
      "artifact_refused",
      "error_model_refused",
      "body_invalid",
      "body_not_json",
      "media_type_unsupported",
      "body_too_large",
      "registry_busy",
    ),
  },
});

/** Described apart from the route: a schema on the route would make the framework read the whole body into memory. */
const multipart = z.object({ artifact: z.any().openapi({ type: "string", format: "binary" }), metadata: errorModelMetadata });

export function addErrorModels(app: Api, { registration, reconciler }: AppTools): void {
  app.openAPIRegistry.registerPath({
    ...add,
    request: { params: versionPath, body: { required: true, content: { "multipart/form-data": { schema: multipart } } } },
  });
  app.openapi({ ...add, hide: true }, async (c) => {
    const source = { contentType: c.req.header("content-type"), body: c.req.raw.body };
    const answer = valueOrThrow(await receiveErrorModel(registration, c.get("caller"), c.req.valid("param"), source));
    if (answer.generation !== null) reconciler.wake();
    return c.json(answer, 201);
  });
}
