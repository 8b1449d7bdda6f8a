/** The live quality route: how good a model's predictions turned out to be. */
import { createRoute } from "@hono/zod-openapi";
import { qualityReport } from "../quality/quality-report.ts";
import { findModel } from "../registry/models.ts";
import { parseSpanMs } from "../sla/span.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { qualityAnswer, qualityQuery } from "./quality-schemas.ts";
import { modelPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const quality = createRoute({
  method: "get",
  path: "/api/models/{model}/quality",
  tags: ["Quality"],
  security: BEARER,
  summary: "Live quality by version, hour and group, from the truth that callers sent back, over the last hours of a span",
  request: { params: modelPath, query: qualityQuery },
  responses: {
    200: { description: "Versions with receipts or truth in the span, newest first", content: jsonContent(qualityAnswer) },
    ...errorAnswers("query_invalid", "model_unknown"),
  },
});

export function addQuality(app: Api, { registry, now }: AppTools): void {
  app.openapi(quality, async (c) => {
    const { model } = c.req.valid("param");
    const { version, span } = c.req.valid("query");
    valueOrThrow(await registry.read((db) => findModel(db, model)));
    const to = now();
    const from = new Date(to.getTime() - (parseSpanMs(span) ?? 0));
    return c.json(await registry.read((db) => qualityReport(db, { model, version, from, to })), 200);
  });
}
