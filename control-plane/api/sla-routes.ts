/** The SLA route: targets against what was stored of the span. */
import { createRoute } from "@hono/zod-openapi";
import { fail } from "../../contract/result.ts";
import { readSlaReport } from "../sla/read-report.ts";
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
    const report = await readSlaReport(registry, slaTargets, span, model);
    if (!report) return valueOrThrow(fail({ reason: "model_unknown", model: model ?? "" }));
    return c.json(report, 200);
  });
}
