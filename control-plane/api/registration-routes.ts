/** The route that registers a version. */
import { createRoute, z } from "@hono/zod-openapi";
import { registerVersion } from "../registration/register.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { modelPath, registrationMetadata, versionAnswer } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const register = createRoute({
  method: "post",
  path: "/api/models/{model}/versions",
  tags: ["Versions"],
  security: BEARER,
  summary: "Register a version: multipart with the model file (ONNX, or XGBoost JSON or UBJSON) and its metadata",
  request: { params: modelPath },
  responses: {
    201: { description: "The new version", content: jsonContent(versionAnswer) },
    ...errorAnswers(
      "artifact_refused",
      "version_exists",
      "body_invalid",
      "body_not_json",
      "media_type_unsupported",
      "body_too_large",
      "registry_busy",
    ),
  },
});

/** Described apart from the route: a schema on the route would make the framework read the whole body into memory. */
const multipart = z.object({ artifact: z.any().openapi({ type: "string", format: "binary" }), metadata: registrationMetadata });

export function addRegistration(app: Api, { registration, reconciler }: AppTools): void {
  app.openAPIRegistry.registerPath({
    ...register,
    request: { params: modelPath, body: { required: true, content: { "multipart/form-data": { schema: multipart } } } },
  });
  app.openapi({ ...register, hide: true }, async (c) => {
    const { model } = c.req.valid("param");
    const source = { contentType: c.req.header("content-type"), body: c.req.raw.body };
    const version = valueOrThrow(await registerVersion(registration, c.get("caller"), model, source));
    if (version.stage === "staging") reconciler.wake();
    return c.json(version, 201, { location: `/api/models/${model}/versions/${version.version}` });
  });
}
