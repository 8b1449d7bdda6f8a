/** Puts the HTTP API together: middleware in order, the routes, and the one place where what went wrong becomes an answer. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { registryFailureOf } from "../registry/registry-failure.ts";
import type { Api, ApiEnv, AppTools } from "./api-env.ts";
import { authorize, noRouteAnswer } from "./authorize.ts";
import { addDocs } from "./docs-routes.ts";
import { AnswerError, errorResponse, type ErrorAnswer } from "./envelope.ts";
import { failureAnswer, issuesSentence } from "./failure-answer.ts";
import { addErrorModels } from "./error-model-routes.ts";
import { addEvaluationSets } from "./evaluation-routes.ts";
import { addGates } from "./gate-routes.ts";
import { addDrift } from "./drift-routes.ts";
import { addHealth } from "./health-routes.ts";
import { addIncidents } from "./incident-routes.ts";
import { limitBody } from "./json-body.ts";
import { localOnly } from "./local-only.ts";
import { addMetrics } from "./metrics-route.ts";
import { addModels } from "./model-routes.ts";
import { addMoves } from "./move-routes.ts";
import { addQuality } from "./quality-routes.ts";
import { addRegistration } from "./registration-routes.ts";
import { addRetrainConfigs } from "./retrain-config-routes.ts";
import { addRetrains } from "./retrain-routes.ts";
import { requestContext } from "./request-context.ts";
import { addRollouts } from "./rollout-routes.ts";
import { addShadowAndPolicy } from "./shadow-and-policy-routes.ts";
import { addSla } from "./sla-routes.ts";
import { addAdministration } from "./administration-routes.ts";
import { addWebhooks } from "./webhook-routes.ts";
import { addVersionEdits } from "./version-edit-routes.ts";
import { addVersions } from "./version-routes.ts";

export function createApp(tools: AppTools): Api {
  const app: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const issues = result.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      const code = result.target === "json" ? "body_invalid" : "query_invalid";
      throw new AnswerError({
        code,
        sentence: `the ${result.target} is not as it must be: ${issuesSentence(issues)}`,
        details: { issues },
      });
    },
  });
  app.use(requestContext(tools));
  app.use(
    secureHeaders({
      contentSecurityPolicy: CONTENT_SECURITY_POLICY,
      referrerPolicy: "no-referrer",
      xFrameOptions: "DENY",
      strictTransportSecurity: false,
    }),
  );
  app.use(localOnly(tools.allowedHosts));
  app.use(
    limitBody(
      (c) =>
        c.req.method === "POST" &&
        /^\/api\/models\/[^/]+\/(versions|versions\/[^/]+\/error-model|evaluation-sets\/[^/]+)$/.test(c.req.path),
    ),
  );
  app.use("/api/*", authorize(tools.registry, tools.now));

  addHealth(app, tools);
  addMetrics(app, tools);
  addDocs(app);
  addModels(app, tools);
  addVersions(app, tools);
  addVersionEdits(app, tools);
  addRegistration(app, tools);
  addMoves(app, tools);
  addRollouts(app, tools);
  addShadowAndPolicy(app, tools);
  addGates(app, tools);
  addEvaluationSets(app, tools);
  addErrorModels(app, tools);
  addIncidents(app, tools);
  addQuality(app, tools);
  addSla(app, tools);
  addDrift(app, tools);
  addRetrainConfigs(app, tools);
  addRetrains(app, tools);
  addAdministration(app, tools);
  addWebhooks(app, tools);

  app.notFound((c) => {
    const allow = app.routes.filter(({ path, method }) => path === c.req.path && method !== "ALL").map(({ method }) => method);
    const route =
      allow.length > 0 ? { state: "other_method" as const, allow: [...new Set(allow)] } : { state: "unknown" as const };
    return errorResponse(c, noRouteAnswer(c.req.method, c.req.path, route));
  });
  app.onError((error, c) => {
    const answer = answerOf(error);
    if (answer.code === "internal")
      c.get("log").error({ error: String(error), stack: error.stack }, "a request failed unexpectedly");
    return errorResponse(c, answer);
  });
  return app;
}

// --- Not exported ---

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  // Swagger UI sets styles on its elements.
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", "data:"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

function answerOf(error: Error): ErrorAnswer {
  if (error instanceof AnswerError) return error.answer;
  // Hono's own, thrown while it reads a body.
  if (error instanceof HTTPException && error.status === 400)
    return { code: "body_invalid", sentence: "the body cannot be read" };
  const failure = registryFailureOf(error, 1);
  if (failure) return failureAnswer(failure);
  return { code: "internal", sentence: "something went wrong; the log has the rest under this request's id" };
}
