/** Routes that read versions: list, one, artifact, manifest. */
import { createRoute } from "@hono/zod-openapi";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { findVersion, findVersionRow, listVersions } from "../registry/versions.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { modelPath, versionAnswer, versionPath, versionsAnswer, versionsQuery } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Versions"];
const security = BEARER;
const VERSION = "/api/models/{model}/versions/{version}" as const;
const list = createRoute({
  method: "get",
  path: "/api/models/{model}/versions",
  tags,
  security,
  summary: "Versions, newest first, of one stage or with a tag (`key` or `key=value`)",
  request: { params: modelPath, query: versionsQuery },
  responses: {
    200: { description: "A page", content: jsonContent(versionsAnswer) },
    ...errorAnswers("model_unknown", "query_invalid"),
  },
});

const one = createRoute({
  method: "get",
  path: VERSION,
  tags,
  security,
  summary: "One version",
  request: { params: versionPath },
  responses: {
    200: { description: "The version", content: jsonContent(versionAnswer) },
    ...errorAnswers("model_unknown", "version_unknown"),
  },
});

const artifact = createRoute({
  method: "get",
  path: `${VERSION}/artifact`,
  tags,
  security,
  summary: "The ONNX bytes that the edge serves; the ETag is their SHA-256",
  request: { params: versionPath },
  responses: {
    200: {
      description: "The artifact",
      content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    },
    304: { description: "The caller has it already" },
    ...errorAnswers("model_unknown", "version_unknown"),
  },
});

const manifest = createRoute({
  method: "get",
  path: `${VERSION}/manifest`,
  tags,
  security,
  summary: "The manifest, byte for byte as published; the ETag is its SHA-256",
  request: { params: versionPath },
  responses: {
    200: { description: "The manifest", content: jsonContent(manifestSchema) },
    ...errorAnswers("model_unknown", "version_unknown"),
  },
});

export function addVersions(app: Api, { registry, registration }: AppTools): void {
  app.openapi(list, async (c) => {
    const { model } = c.req.valid("param");
    const query = c.req.valid("query");
    return c.json(valueOrThrow(await registry.read((db) => listVersions(db, model, query))), 200);
  });

  app.openapi(one, async (c) => {
    const { model, version } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => findVersion(db, model, version))), 200);
  });

  app.openapi(artifact, async (c) => {
    const { model, version } = c.req.valid("param");
    const row = valueOrThrow(await registry.read((db) => findVersionRow(db, model, version)));
    const etag = `"${row.artifactSha256}"`;
    if (c.req.header("if-none-match") === etag) return c.body(null, 304, { etag });
    const path = registration.files.artifactPath(row.artifactSha256);
    const file = await stat(path).catch(() => undefined);
    if (!file) return valueOrThrow({ ok: false, failure: { reason: "artifact_not_on_disk", model, version } });
    const headers = {
      etag,
      "content-type": "application/octet-stream",
      "content-length": String(file.size),
      "content-disposition": `attachment; filename="${model}-${version}.onnx"`,
    };
    // A stream that nobody reads would keep the file open.
    if (c.req.method === "HEAD") return c.body(null, 200, headers);
    return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream, 200, headers);
  });

  app.openapi(manifest, async (c) => {
    const { model, version } = c.req.valid("param");
    const row = valueOrThrow(await registry.read((db) => findVersionRow(db, model, version)));
    return c.body(row.manifestJson, 200, { "content-type": "application/json", etag: `"${row.manifestSha256}"` }) as never;
  });
}
