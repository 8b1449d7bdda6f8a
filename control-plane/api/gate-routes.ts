/** Routes of the gates: how a version stands, running them, signing off; a line's policy and its replay. */
import { createRoute } from "@hono/zod-openapi";
import { describePolicy, setPolicy } from "../gates/gate-policies.ts";
import { giveSignOff } from "../gates/give-sign-off.ts";
import { replayPromotions } from "../gates/replay.ts";
import { runGates } from "../gates/run-gates.ts";
import { gatesAnswerOf } from "../gates/standing.ts";
import { findVersionRow } from "../registry/versions.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { gatePolicyAnswer, gatePolicyBody, gatesAnswer, replayAnswer, replayBody, signOffBody } from "./gate-schemas.ts";
import { jsonBody } from "./json-body.ts";
import { modelPath, versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Gates"];
const security = BEARER;
const VERSION = "/api/models/{model}/versions/{version}" as const;
const bodyProblems = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;

const standing = createRoute({
  method: "get",
  path: `${VERSION}/gates`,
  tags,
  security,
  summary: "How a version stands with each gate as of now, and whether it may be promoted",
  request: { params: versionPath },
  responses: {
    200: { description: "Verdicts and evidence", content: jsonContent(gatesAnswer) },
    ...errorAnswers("model_unknown", "version_unknown"),
  },
});

const run = createRoute({
  method: "post",
  path: `${VERSION}/gates/run`,
  tags,
  security,
  summary: "Collect the evidence that the policy asks for, judge it and store both, signed",
  request: { params: versionPath },
  responses: {
    200: { description: "Verdicts and evidence", content: jsonContent(gatesAnswer) },
    ...errorAnswers("model_unknown", "version_unknown", "registry_busy"),
  },
});

const signOff = createRoute({
  method: "post",
  path: `${VERSION}/sign-off`,
  tags,
  security,
  summary: "Approve a version on the evidence that the caller has seen; not by who registered it",
  middleware: [jsonBody] as const,
  request: { params: versionPath, body: jsonRequest(signOffBody) },
  responses: {
    200: { description: "Verdicts and evidence", content: jsonContent(gatesAnswer) },
    ...errorAnswers("model_unknown", "version_unknown", "sign_off_refused", "evidence_changed", ...bodyProblems),
  },
});

const policy = createRoute({
  method: "get",
  path: "/api/models/{model}/gate-policy",
  tags,
  security,
  summary: "The gate policy in force and those before it",
  request: { params: modelPath },
  responses: { 200: { description: "The policy", content: jsonContent(gatePolicyAnswer) }, ...errorAnswers("model_unknown") },
});

const putPolicy = createRoute({
  method: "put",
  path: "/api/models/{model}/gate-policy",
  tags,
  security,
  summary: "Set the gate policy of a model line",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(gatePolicyBody) },
  responses: {
    200: { description: "The policy, now in force", content: jsonContent(gatePolicyAnswer) },
    ...errorAnswers("model_unknown", ...bodyProblems),
  },
});

const replay = createRoute({
  method: "post",
  path: "/api/models/{model}/gates/replay",
  tags,
  security,
  summary: "Which past promotions another policy would have stopped; changes nothing",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(replayBody) },
  responses: {
    200: { description: "Newest first", content: jsonContent(replayAnswer) },
    ...errorAnswers("model_unknown", ...bodyProblems),
  },
});

export function addGates(app: Api, { registry, gates, now }: AppTools): void {
  app.openapi(standing, async (c) => {
    const { model, version } = c.req.valid("param");
    const row = valueOrThrow(await registry.read((db) => findVersionRow(db, model, version)));
    return c.json(await registry.read((db) => gatesAnswerOf(db, gates, row, now())), 200);
  });

  app.openapi(run, async (c) => c.json(valueOrThrow(await runGates(gates, c.get("caller"), c.req.valid("param"))), 200));

  app.openapi(signOff, async (c) => {
    const request = { ...c.req.valid("param"), ...c.req.valid("json") };
    const caller = c.get("caller");
    return c.json(valueOrThrow(await registry.write((db) => giveSignOff(db, gates, { ...caller, now: now() }, request))), 200);
  });

  app.openapi(policy, async (c) => {
    const { model } = c.req.valid("param");
    return c.json(valueOrThrow(await registry.read((db) => describePolicy(db, model))), 200);
  });

  app.openapi(putPolicy, async (c) => {
    const request = { ...c.req.valid("param"), ...c.req.valid("json") };
    const caller = c.get("caller");
    return c.json(valueOrThrow(await registry.write((db) => setPolicy(db, { ...caller, now: now() }, request))), 200);
  });

  app.openapi(replay, async (c) => {
    const { model } = c.req.valid("param");
    const { policy } = c.req.valid("json");
    return c.json(valueOrThrow(await registry.read((db) => replayPromotions(db, gates.key, model, policy))), 200);
  });
}
