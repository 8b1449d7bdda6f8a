/** Routes of progressive release: begin a rollout, look at it, act on it. What the acts do is in rollouts/. */
import { createRoute } from "@hono/zod-openapi";
import { noteIfRefused } from "../gates/note-refusal.ts";
import type { Queries } from "../registry/database.ts";
import type { ActContext } from "../registry/audit.ts";
import { findModel } from "../registry/models.ts";
import { abortRollout, nextStep, pauseRollout, resumeRollout } from "../rollouts/change-rollout.ts";
import { readCounters } from "../rollouts/controller.ts";
import { readEvidence } from "../rollouts/rollout-evidence.ts";
import { describeRollout, newestRollouts, requireActive, summarizeRollout } from "../rollouts/rollout-records.ts";
import { startRollout, type RolloutChanged } from "../rollouts/start-rollout.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ControlPlaneFailure } from "../failure.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import {
  rolloutActBody,
  rolloutActPath,
  rolloutAnswer,
  rolloutBody,
  rolloutsAnswer,
  type RolloutAct,
  type RolloutAnswer,
} from "./rollout-schemas.ts";
import { modelPath, versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const tags = ["Rollouts"];
const security = BEARER;
const ROLLOUTS_SHOWN = 20;
const bodyErrors = ["body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"] as const;

const start = createRoute({
  method: "post",
  path: "/api/models/{model}/versions/{version}/rollout",
  tags,
  security,
  summary: "Promote by steps: through the gates, then a canary that grows while the edge's own counts are good",
  middleware: [jsonBody] as const,
  request: { params: versionPath, body: jsonRequest(rolloutBody) },
  responses: {
    201: { description: "Begun", content: jsonContent(rolloutAnswer) },
    ...errorAnswers(
      "model_unknown",
      "version_unknown",
      "stage_move_illegal",
      "gates_refused",
      "rollout_active",
      "rollout_without_stable",
      ...bodyErrors,
    ),
  },
});

const list = createRoute({
  method: "get",
  path: "/api/models/{model}/rollouts",
  tags,
  security,
  summary: "The newest rollouts of a model",
  request: { params: modelPath },
  responses: { 200: { description: "Newest first", content: jsonContent(rolloutsAnswer) }, ...errorAnswers("model_unknown") },
});

const show = createRoute({
  method: "get",
  path: "/api/models/{model}/rollout",
  tags,
  security,
  summary: "The rollout under way, or the last one: its steps, its log, and what the current step has shown",
  request: { params: modelPath },
  responses: {
    200: { description: "The rollout", content: jsonContent(rolloutAnswer) },
    ...errorAnswers("model_unknown", "rollout_unknown"),
  },
});

const act = createRoute({
  method: "post",
  path: "/api/models/{model}/rollout/{act}",
  tags,
  security,
  summary: "Pause, resume, abort, or advance whatever the evidence says (the gates still hold)",
  middleware: [jsonBody] as const,
  request: { params: rolloutActPath, body: jsonRequest(rolloutActBody) },
  responses: {
    200: { description: "The rollout after it", content: jsonContent(rolloutAnswer) },
    ...errorAnswers("model_unknown", "rollout_unknown", "rollout_superseded", "gates_refused", ...bodyErrors),
  },
});

export function addRollouts(app: Api, tools: AppTools): void {
  const { registry, reconciler, gates, now } = tools;

  async function describe(model: string): Promise<RolloutAnswer> {
    const counters = await readCounters(tools.readEdgeCounts);
    const described = await registry.read(async (db): Promise<Result<RolloutAnswer, ControlPlaneFailure>> => {
      const known = await findModel(db, model);
      if (!known.ok) return known;
      const [row] = await newestRollouts(db, model, 1);
      if (!row) return fail({ reason: "no_rollout", model });
      const isActive = row.state === "running" || row.state === "paused";
      const current = isActive ? await readEvidence(db, counters, row, now()) : null;
      return succeed({ ...(await describeRollout(db, row)), current });
    });
    return valueOrThrow(described);
  }

  app.openapi(start, async (c) => {
    const { model, version } = c.req.valid("param");
    const { reason, ...plan } = c.req.valid("json");
    const caller = c.get("caller");
    const request = { model, version, plan, reason };
    const context = { ...caller, now: now() };
    const started = await registry.write((db) => startRollout(db, gates, context, request));
    if (!started.ok) await noteIfRefused(registry, context, started.failure, reason);
    valueOrThrow(started);
    reconciler.wake();
    return c.json(await describe(model), 201);
  });

  app.openapi(list, async (c) => {
    const { model } = c.req.valid("param");
    const rows = await registry.read(async (db) => {
      const known = await findModel(db, model);
      return known.ok ? succeed(await newestRollouts(db, model, ROLLOUTS_SHOWN)) : known;
    });
    return c.json({ rollouts: valueOrThrow(rows).map(summarizeRollout) }, 200);
  });

  app.openapi(show, async (c) => c.json(await describe(c.req.valid("param").model), 200));

  app.openapi(act, async (c) => {
    const { model, act: name } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const caller = c.get("caller");
    const context = { ...caller, now: now() };
    const acted = await registry.write((db) => perform(db, context, model, name, reason));
    if (!acted.ok) await noteIfRefused(registry, context, acted.failure, reason);
    valueOrThrow(acted);
    reconciler.wake();
    return c.json(await describe(model), 200);
  });

  async function perform(
    db: Queries,
    context: ActContext,
    model: string,
    name: RolloutAct,
    reason: string,
  ): Promise<Result<RolloutChanged, ControlPlaneFailure>> {
    const known = await findModel(db, model);
    if (!known.ok) return known;
    const active = await requireActive(db, model);
    if (!active.ok) return active;
    switch (name) {
      case "pause":
        return succeed(await pauseRollout(db, context, active.value, { reason }));
      case "resume":
        return succeed(await resumeRollout(db, context, active.value, { reason }));
      case "abort":
        return succeed(await abortRollout(db, gates.key, context, active.value, { reason }));
      case "advance":
        return nextStep(db, gates, context, active.value, { reason });
    }
  }
}
