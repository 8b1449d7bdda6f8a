/** Routes that move versions between stages: promote (to any stage) and rollback. */
import { createRoute } from "@hono/zod-openapi";
import { setImmediate as nextTurn } from "node:timers/promises";
import { noteIfRefused } from "../gates/note-refusal.ts";
import type { Registry } from "../registry/database.ts";
import { currentGeneration } from "../registry/models.ts";
import { promoteVersion } from "../releases/promote.ts";
import { rollbackModel } from "../releases/rollback.ts";
import { runMove } from "../releases/run-move.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { modelPath, moveAnswer, promoteBody, rollbackBody, versionPath } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const answers = {
  200: { description: "Moved, and published where the edge reads", content: jsonContent(moveAnswer) },
  202: { description: "Moved; publication goes on in the background", content: jsonContent(moveAnswer) },
  ...errorAnswers(
    "model_unknown",
    "version_unknown",
    "stage_move_illegal",
    "body_invalid",
    "body_not_json",
    "media_type_unsupported",
    "registry_busy",
  ),
};

const promote = createRoute({
  method: "post",
  path: "/api/models/{model}/versions/{version}/promote",
  tags: ["Releases"],
  security: BEARER,
  summary: "Move a version to another stage; to production makes and publishes a release",
  middleware: [jsonBody] as const,
  request: { params: versionPath, body: jsonRequest(promoteBody) },
  responses: { ...answers, ...errorAnswers("stage_move_illegal", "release_changed", "gates_refused", "rollout_active") },
});

const rollback = createRoute({
  method: "post",
  path: "/api/models/{model}/rollback",
  tags: ["Releases"],
  security: BEARER,
  summary: "Bring an earlier production version back, as a new and higher generation",
  middleware: [jsonBody] as const,
  request: { params: modelPath, body: jsonRequest(rollbackBody) },
  responses: { ...answers, ...errorAnswers("stage_move_illegal", "nothing_to_roll_back") },
});

export function addMoves(app: Api, tools: AppTools): void {
  const { registry, key, gates, now } = tools;

  app.openapi(promote, async (c) => {
    const { model, version } = c.req.valid("param");
    const { stage: to, reason, expectedGeneration } = c.req.valid("json");
    const generation = expectedGeneration ?? (to === "production" ? await generationOnArrival(registry, model) : undefined);
    const request = { model, version, to, reason, expectedGeneration: generation };
    const caller = c.get("caller");
    const outcome = await runMove(tools, caller, reason, (db, context) => promoteVersion(db, gates, context, request));
    if (!outcome.ok) await noteIfRefused(registry, { ...caller, now: now() }, outcome.failure, reason);
    const moved = valueOrThrow(outcome);
    return c.json(moved, moved.published ? 200 : 202);
  });

  app.openapi(rollback, async (c) => {
    const { model } = c.req.valid("param");
    const { to, reason } = c.req.valid("json");
    const request = { model, to, reason };
    const moved = valueOrThrow(
      await runMove(tools, c.get("caller"), reason, (db, context) => rollbackModel(db, key, context, request)),
    );
    return c.json(moved, moved.published ? 200 : 202);
  });
}

/**
 * What the caller could know when asking. Requests that come in together are handled within one turn of the event loop; waiting for the next
 * lets all of them see the generation before any of them changes it, so that one wins and the others are told.
 */
async function generationOnArrival(registry: Registry, model: string): Promise<number> {
  const generation = await registry.read((db) => currentGeneration(db, model));
  await nextTurn();
  return generation;
}
