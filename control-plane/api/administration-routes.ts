/** Routes for administrators: API tokens and the audit log. */
import { createRoute } from "@hono/zod-openapi";
import { succeed } from "../../contract/result.ts";
import { readAuditHead } from "../audit/audit-head.ts";
import { verifyOwnRegistry } from "../audit/verify-registry.ts";
import { listAudit } from "../registry/audit.ts";
import { createToken, listTokens, revokeToken } from "../tokens/token-records.ts";
import type { Api, AppTools } from "./api-env.ts";
import { BEARER, errorAnswers, jsonContent, jsonRequest } from "./describe-route.ts";
import { jsonBody } from "./json-body.ts";
import { auditAnswer, auditQuery, tokenAnswer, tokenBody, tokenCreatedAnswer, tokenPath, tokensAnswer } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";
import { auditVerifyAnswer } from "./webhook-schemas.ts";

const tags = ["Administration"];
const security = BEARER;

const audit = createRoute({
  method: "get",
  path: "/api/audit",
  tags,
  security,
  summary: "Every act that changed something",
  request: { query: auditQuery },
  responses: { 200: { description: "Newest first", content: jsonContent(auditAnswer) }, ...errorAnswers("query_invalid") },
});

const verify = createRoute({
  method: "get",
  path: "/api/audit/verify",
  tags,
  security,
  summary: "Verify every entry of the audit log against its chain and signatures",
  responses: {
    200: {
      description: "Every contradiction found; none: the log is as it was written",
      content: jsonContent(auditVerifyAnswer),
    },
    ...errorAnswers(),
  },
});

const list = createRoute({
  method: "get",
  path: "/api/tokens",
  tags,
  security,
  summary: "All API tokens, revoked and expired ones too; never the secrets",
  responses: { 200: { description: "Oldest first", content: jsonContent(tokensAnswer) }, ...errorAnswers() },
});

const create = createRoute({
  method: "post",
  path: "/api/tokens",
  tags,
  security,
  summary: "Make an API token; the answer shows it this once",
  middleware: [jsonBody] as const,
  request: { body: jsonRequest(tokenBody) },
  responses: {
    201: { description: "The new token", content: jsonContent(tokenCreatedAnswer) },
    ...errorAnswers("body_invalid", "body_not_json", "media_type_unsupported", "registry_busy"),
  },
});

const revoke = createRoute({
  method: "delete",
  path: "/api/tokens/{id}",
  tags,
  security,
  summary: "Revoke an API token at once",
  request: { params: tokenPath },
  responses: {
    200: { description: "The revoked token", content: jsonContent(tokenAnswer) },
    ...errorAnswers("token_unknown", "registry_busy"),
  },
});

export function addAdministration(app: Api, { registry, randomBytes, now, auditKeys, auditHeadPath }: AppTools): void {
  app.openapi(audit, async (c) => {
    const query = c.req.valid("query");
    return c.json(await registry.read((db) => listAudit(db, query)), 200);
  });

  app.openapi(verify, async (c) => {
    // Read first: what is added to the log meanwhile only makes it longer.
    const head = readAuditHead(auditHeadPath);
    return c.json(await registry.read((db) => verifyOwnRegistry(db, auditKeys, head)), 200);
  });

  app.openapi(list, async (c) => c.json({ tokens: await registry.read(listTokens) }, 200));

  app.openapi(create, async (c) => {
    const wanted = c.req.valid("json");
    const caller = c.get("caller");
    const created = await registry.write(async (db) =>
      succeed(await createToken(db, { ...caller, now: now() }, randomBytes, wanted)),
    );
    return c.json(valueOrThrow(created), 201, { "cache-control": "no-store" });
  });

  app.openapi(revoke, async (c) => {
    const { id } = c.req.valid("param");
    const caller = c.get("caller");
    return c.json(valueOrThrow(await registry.write((db) => revokeToken(db, { ...caller, now: now() }, id))), 200);
  });
}
