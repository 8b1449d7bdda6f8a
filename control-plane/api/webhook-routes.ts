/** Routes for webhooks: add, list, remove, try out. */
import { createRoute } from "@hono/zod-openapi";
import { fail, succeed } from "../../contract/result.ts";
import {
  addWebhook,
  describeWebhook,
  enqueue,
  findWebhook,
  listWebhooks,
  removeWebhook,
} from "../notifications/notification-records.ts";
import { urlProblem } from "../notifications/post-delivery.ts";
import { webhookSecret } from "../notifications/signature.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { valueOrThrow } from "./value-or-throw.ts";
import { webhookAnswer, webhookBody, webhookCreatedAnswer, webhookPath, webhooksAnswer } from "./webhook-schemas.ts";

const tags = ["Notifications"];
const security = BEARER;

const list = createRoute({
  method: "get",
  path: "/api/webhooks",
  tags,
  security,
  summary: "Webhooks and how their newest deliveries went",
  responses: { 200: { description: "Oldest first", content: jsonContent(webhooksAnswer) }, ...errorAnswers() },
});

const add = createRoute({
  method: "post",
  path: "/api/webhooks",
  tags,
  security,
  summary: "Add a webhook; the answer shows its signing secret this once",
  middleware: [jsonBody] as const,
  request: { body: jsonRequest(webhookBody) },
  responses: {
    201: { description: "The webhook", content: jsonContent(webhookCreatedAnswer) },
    ...errorAnswers("body_invalid", "body_not_json", "media_type_unsupported", "webhook_refused", "registry_busy"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/api/webhooks/{id}",
  tags,
  security,
  summary: "Remove a webhook; what is still to be sent to it is given up",
  request: { params: webhookPath },
  responses: {
    200: { description: "The webhook", content: jsonContent(webhookAnswer) },
    ...errorAnswers("webhook_unknown", "registry_busy"),
  },
});

const test = createRoute({
  method: "post",
  path: "/api/webhooks/{id}/test",
  tags,
  security,
  summary: "Send a test event to a webhook; its deliveries say how it went",
  request: { params: webhookPath },
  responses: {
    202: { description: "On its way", content: jsonContent(webhookAnswer) },
    ...errorAnswers("webhook_unknown", "registry_busy"),
  },
});

export function addWebhooks(app: Api, { registry, notifying, newId, now }: AppTools): void {
  app.openapi(list, async (c) => c.json({ webhooks: await registry.read(listWebhooks) }, 200));

  app.openapi(add, async (c) => {
    const wanted = c.req.valid("json");
    const problem = urlProblem(wanted.url, notifying.isLoopbackAllowed);
    if (problem !== undefined) valueOrThrow(fail({ reason: "webhook_refused", detail: problem }));
    const caller = c.get("caller");
    const id = newId();
    const added = await registry.write(async (db) =>
      succeed(await describeWebhook(db, await addWebhook(db, { ...caller, now: now() }, id, wanted))),
    );
    return c.json({ ...valueOrThrow(added), secret: webhookSecret(notifying.secretKey, id) }, 201, {
      "cache-control": "no-store",
    });
  });

  app.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const caller = c.get("caller");
    const row = valueOrThrow(await registry.write((db) => removeWebhook(db, { ...caller, now: now() }, id)));
    return c.json(await registry.read((db) => describeWebhook(db, row)), 200);
  });

  app.openapi(test, async (c) => {
    const { id } = c.req.valid("param");
    const { actor, requestId } = c.get("caller");
    const answer = valueOrThrow(
      await registry.write(async (db) => {
        const found = await findWebhook(db, id);
        if (!found.ok) return found;
        const at = now().toISOString();
        const row = {
          id: 0,
          at,
          actorTokenId: actor.tokenId,
          actorName: actor.name,
          act: "test",
          model: null,
          number: null,
          reason: "a test",
          details: {},
          requestId,
        };
        await enqueue(db, found.value, row, newId());
        return succeed(await describeWebhook(db, found.value));
      }),
    );
    notifying.wake();
    return c.json(answer, 202);
  });
}
