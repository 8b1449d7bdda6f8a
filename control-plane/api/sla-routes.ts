/** The SLA route: targets against what was stored of the span. */
import { createRoute } from "@hono/zod-openapi";
import { fail } from "../../contract/result.ts";
import { listModels } from "../registry/models.ts";
import { sumMinutes } from "../sla/minute-records.ts";
import { slaReport } from "../sla/report.ts";
import { parseSpanMs, spanBefore } from "../sla/span.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent } from "./describe-route.ts";
import { slaAnswer, slaQuery } from "./sla-schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const sla = createRoute({
  method: "get",
  path: "/api/sla",
  tags: ["SLA"],
  security: BEARER,
  summary: "Targets, current values, compliance and error budgets over a span of whole minutes",
  request: { query: slaQuery },
  responses: {
    200: { description: "The report", content: jsonContent(slaAnswer) },
    ...errorAnswers("query_invalid", "model_unknown"),
  },
});

export function addSla(app: Api, { registry, slaTargets, now }: AppTools): void {
  app.openapi(sla, async (c) => {
    const { model, span: wanted } = c.req.valid("query");
    const span = spanBefore(now(), parseSpanMs(wanted) ?? 0);
    const known = (await registry.read(listModels)).map(({ name }) => name);
    const models = model === undefined ? known : known.filter((name) => name === model);
    if (model !== undefined && models.length === 0) return valueOrThrow(fail({ reason: "model_unknown", model }));
    const sum = await registry.read((db) => sumMinutes(db, span.from, span.to));
    return c.json(slaReport(slaTargets, models, span, sum), 200);
  });
}
