/** Routes that edit what may change of a version: description, tags, metrics. */
import { createRoute } from "@hono/zod-openapi";
import type { Caller } from "../registry/audit.ts";
import { editVersion, type VersionEdit } from "../registry/version-edits.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { descriptionBody, metricsBody, tagBody, tagPath, versionAnswer, versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Versions"];
const security = BEARER;
const VERSION = "/api/models/{model}/versions/{version}" as const;
const edited = {
  200: { description: "The version as it is now", content: jsonContent(versionAnswer) },
  ...errorAnswers(
    "model_unknown",
    "version_unknown",
    "body_invalid",
    "body_not_json",
    "media_type_unsupported",
    "body_too_large",
  ),
};

const describe = createRoute({
  method: "patch",
  path: VERSION,
  tags,
  security,
  summary: "Set the description",
  middleware: [jsonBody] as const,
  request: { params: versionPath, body: jsonRequest(descriptionBody) },
  responses: edited,
});

const tag = createRoute({
  method: "put",
  path: `${VERSION}/tags/{key}`,
  tags,
  security,
  summary: "Set a tag",
  middleware: [jsonBody] as const,
  request: { params: tagPath, body: jsonRequest(tagBody) },
  responses: edited,
});

const untag = createRoute({
  method: "delete",
  path: `${VERSION}/tags/{key}`,
  tags,
  security,
  summary: "Remove a tag",
  request: { params: tagPath },
  responses: edited,
});

const measure = createRoute({
  method: "put",
  path: `${VERSION}/metrics`,
  tags,
  security,
  summary: "Merge metrics into those there are",
  middleware: [jsonBody] as const,
  request: { params: versionPath, body: jsonRequest(metricsBody) },
  responses: edited,
});

export function addVersionEdits(app: Api, { registry, now }: AppTools): void {
  const edit = async (caller: Caller, path: { model: string; version: string }, change: VersionEdit) =>
    valueOrThrow(await registry.write((db) => editVersion(db, { ...caller, now: now() }, path, change)));

  app.openapi(describe, async (c) =>
    c.json(await edit(c.get("caller"), c.req.valid("param"), { act: "describe", ...c.req.valid("json") }), 200),
  );

  app.openapi(tag, async (c) => {
    const { key, ...path } = c.req.valid("param");
    return c.json(await edit(c.get("caller"), path, { act: "tag", key, ...c.req.valid("json") }), 200);
  });

  app.openapi(untag, async (c) => {
    const { key, ...path } = c.req.valid("param");
    return c.json(await edit(c.get("caller"), path, { act: "untag", key }), 200);
  });

  app.openapi(measure, async (c) =>
    c.json(await edit(c.get("caller"), c.req.valid("param"), { act: "measure", ...c.req.valid("json") }), 200),
  );
}
