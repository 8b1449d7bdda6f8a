/** Routes of a line's retraining configuration: in force, history, setting it; and what its triggers would do now. */
import { createRoute } from "@hono/zod-openapi";
import { findConfig, listConfigs, setConfig } from "../retraining/records/config-records.ts";
import { checkPolicy } from "../retraining/server-policy.ts";
import { decisionSentence } from "../retraining/triggers/decision-sentence.ts";
import { evaluateTriggers } from "../retraining/triggers/evaluate-triggers.ts";
import { readTriggerFacts } from "../retraining/triggers/trigger-facts.ts";
import { succeed } from "../../contract/result.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { configAnswer, configsAnswer, configureBody, triggersAnswer } from "./retrain-schemas.ts";
import { modelPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Retraining"];
const security = BEARER;
const CONFIG = "/api/models/{model}/retraining" as const;

const inForce = createRoute({
  method: "get",
  path: CONFIG,
  tags,
  security,
  summary: "The retraining configuration in force",
  request: { params: modelPath },
  responses: {
    200: { description: "The newest revision", content: jsonContent(configAnswer) },
    ...errorAnswers("retrain_not_configured"),
  },
});

const configure = createRoute({
  method: "put",
  path: CONFIG,
  tags,
  security,
  summary: "Set the retraining configuration: a new revision. It may name commands only where the server runs them",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(configureBody) },
  responses: {
    200: { description: "The new revision", content: jsonContent(configAnswer) },
    ...errorAnswers("retrain_config_refused", "body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"),
  },
});

const history = createRoute({
  method: "get",
  path: `${CONFIG}/history` as const,
  tags,
  security,
  summary: "Every revision of the configuration",
  request: { params: modelPath },
  responses: { 200: { description: "Newest first", content: jsonContent(configsAnswer) }, ...errorAnswers() },
});

const triggers = createRoute({
  method: "get",
  path: `${CONFIG}/triggers` as const,
  tags,
  security,
  summary: "What each trigger would do now, and why",
  request: { params: modelPath },
  responses: {
    200: { description: "A decision per trigger", content: jsonContent(triggersAnswer) },
    ...errorAnswers("retrain_not_configured"),
  },
});

export function addRetrainConfigs(app: Api, { registry, retrainPolicy, now }: AppTools): void {
  app.openapi(inForce, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => findConfig(db, model))), 200);
  });

  app.openapi(configure, async (c) => {
    const { model } = c.req.valid("param");
    const given = c.req.valid("json");
    valueOrThrow(checkPolicy(given.config, retrainPolicy));
    const caller = c.get("caller");
    const set = await registry.write(async (db) => succeed(await setConfig(db, { ...caller, now: now() }, model, given)));
    return c.json(valueOrThrow(set), 200);
  });

  app.openapi(history, async (c) => {
    const { model } = c.req.valid("param");
    return c.json({ revisions: await registry.read((db) => listConfigs(db, model)) }, 200);
  });

  app.openapi(triggers, async (c) => {
    const { model } = c.req.valid("param");
    const config = valueOrThrow(await registry.read((db) => findConfig(db, model)));
    const at = now();
    const decisions = evaluateTriggers(await registry.read((db) => readTriggerFacts(db, config, at)), at);
    const answers = decisions.map((decision) => ({
      trigger: decision.trigger,
      state: decision.state,
      sentence: decisionSentence(decision),
      because: "because" in decision ? decision.because : null,
    }));
    return c.json({ model, at: at.toISOString(), triggers: answers }, 200);
  });
}
