/** Routes of shadows and of release policies (automatic rollback). */
import { createRoute } from "@hono/zod-openapi";
import { releaseKey } from "../../contract/names.ts";
import { succeed } from "../../contract/result.ts";
import { describeReleasePolicy, setReleasePolicy } from "../bake/release-policies.ts";
import { findModel } from "../registry/models.ts";
import { currentRelease } from "../releases/current-release.ts";
import { newestRowOf, toPublication } from "../releases/outbox.ts";
import { readCounters } from "../rollouts/controller.ts";
import { shadowCounts, startShadow, stopShadow } from "../rollouts/shadow.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import {
  releasePolicyAnswer,
  releasePolicyBody,
  shadowAnswer,
  shadowBody,
  shadowStopBody,
  type ShadowAnswer,
} from "./rollout-schemas.ts";
import { modelPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const security = BEARER;
const bodyErrors = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;
const shadowIs = { 200: { description: "The shadow after it", content: jsonContent(shadowAnswer) } };
const policyIs = {
  200: { description: "The policy, and the promotions that were watched", content: jsonContent(releasePolicyAnswer) },
};

const showShadow = createRoute({
  method: "get",
  path: "/api/models/{model}/shadow",
  tags: ["Shadow"],
  security,
  summary: "The shadow version and what the edge has counted of it",
  request: { params: modelPath },
  responses: { ...shadowIs, ...errorAnswers("model_unknown") },
});

const beginShadow = createRoute({
  method: "post",
  path: "/api/models/{model}/shadow",
  tags: ["Shadow"],
  security,
  summary: "Score a version on what stable answers, after the answer; another shadow ends",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(shadowBody) },
  responses: {
    ...shadowIs,
    ...errorAnswers("model_unknown", "version_unknown", "shadow_illegal", "rollout_without_stable", ...bodyErrors),
  },
});

const endShadow = createRoute({
  method: "post",
  path: "/api/models/{model}/shadow/stop",
  tags: ["Shadow"],
  security,
  summary: "End the shadow",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(shadowStopBody) },
  responses: { ...shadowIs, ...errorAnswers("model_unknown", "no_shadow", ...bodyErrors) },
});

const showPolicy = createRoute({
  method: "get",
  path: "/api/models/{model}/release-policy",
  tags: ["Automatic rollback"],
  security,
  summary: "When a promotion is taken back without a person, and what came of those that were watched",
  request: { params: modelPath },
  responses: { ...policyIs, ...errorAnswers("model_unknown") },
});

const putPolicy = createRoute({
  method: "put",
  path: "/api/models/{model}/release-policy",
  tags: ["Automatic rollback"],
  security,
  summary: "Set the release policy; null switches automatic rollback off",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(releasePolicyBody) },
  responses: { ...policyIs, ...errorAnswers("model_unknown", ...bodyErrors) },
});

export function addShadowAndPolicy(app: Api, tools: AppTools): void {
  const { registry, reconciler, key, now } = tools;

  async function describe(model: string): Promise<ShadowAnswer> {
    const counters = await readCounters(tools.readEdgeCounts);
    const described = await registry.read(async (db) => {
      const known = await findModel(db, model);
      if (!known.ok) return known;
      const release = await currentRelease(db, model);
      const row = await newestRowOf(db, releaseKey(model));
      const shadow = release?.shadow ?? null;
      return succeed({
        model,
        shadow,
        generation: release?.generation ?? 0,
        publication: row ? toPublication(row) : null,
        counts: shadow && counters ? shadowCounts(counters, model, shadow.version) : null,
      });
    });
    return valueOrThrow(described);
  }

  app.openapi(showShadow, async (c) => c.json(await describe(c.req.valid("param").model), 200));

  app.openapi(beginShadow, async (c) => {
    const { model } = c.req.valid("param");
    const request = { model, ...c.req.valid("json") };
    const caller = c.get("caller");
    valueOrThrow(await registry.write((db) => startShadow(db, key, { ...caller, now: now() }, request)));
    reconciler.wake();
    return c.json(await describe(model), 200);
  });

  app.openapi(endShadow, async (c) => {
    const { model } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const caller = c.get("caller");
    valueOrThrow(await registry.write((db) => stopShadow(db, key, { ...caller, now: now() }, model, reason)));
    reconciler.wake();
    return c.json(await describe(model), 200);
  });

  app.openapi(showPolicy, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => describeReleasePolicy(db, model))), 200);
  });

  app.openapi(putPolicy, async (c) => {
    const { model } = c.req.valid("param");
    const { policy, reason } = c.req.valid("json");
    const caller = c.get("caller");
    return c.json(
      valueOrThrow(await registry.write((db) => setReleasePolicy(db, { ...caller, now: now() }, model, policy, reason))),
      200,
    );
  });
}
