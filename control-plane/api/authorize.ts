/** Lets an /api request through only with a valid token of the least role that the table names. Everything else ends here. */
import { createMiddleware } from "hono/factory";
import { succeed } from "../../contract/result.ts";
import type { Registry } from "../registry/database.ts";
import { authenticate, type AuthenticationFailure } from "../tokens/authenticate.ts";
import { isAtLeast } from "../tokens/roles.ts";
import { noteTokenUse } from "../tokens/token-records.ts";
import type { ApiEnv } from "./api-env.ts";
import { AnswerError, type ErrorAnswer } from "./envelope.ts";
import { matchRoute } from "./route-roles.ts";

const TOKEN_USE_NOTED_EVERY_MS = 60_000;

export function authorize(registry: Registry, now: () => Date) {
  const notedAtMs = new Map<string, number>();

  return createMiddleware<ApiEnv>(async function authorize(c, next) {
    const at = now();
    const token = await registry.read((db) => authenticate(db, c.req.header("authorization"), at));
    if (!token.ok) throw new AnswerError(authenticationAnswer(token.failure));
    const { id, name, role } = token.value;
    const route = matchRoute(c.req.method, c.req.path);
    if (route.state !== "known") throw new AnswerError(noRouteAnswer(c.req.method, c.req.path, route));
    if (!isAtLeast(role, route.role)) {
      throw new AnswerError({ code: "role_insufficient", sentence: `this needs the role ${route.role}; the token has ${role}` });
    }
    c.set("caller", { actor: { tokenId: id, name }, requestId: c.get("requestId") });
    if (at.getTime() - (notedAtMs.get(id) ?? 0) >= TOKEN_USE_NOTED_EVERY_MS) {
      notedAtMs.set(id, at.getTime());
      // Not waited for: when a token was last used must not hold up, or fail, the request that uses it.
      registry
        .write(async (db) => succeed(await noteTokenUse(db, id, at)))
        .catch((error: unknown) => c.get("log").warn({ error: String(error) }, "the use of a token could not be noted"));
    }
    await next();
  });
}

/** The answer to a path or method that no route has. */
export function noRouteAnswer(
  method: string,
  path: string,
  route: Exclude<ReturnType<typeof matchRoute>, { state: "known" }>,
): ErrorAnswer {
  if (route.state === "unknown") return { code: "route_unknown", sentence: `there is nothing at ${path}` };
  const allow = route.allow.join(", ");
  return { code: "method_not_allowed", sentence: `${path} takes ${allow}, not ${method}`, headers: { allow } };
}

function authenticationAnswer(failure: AuthenticationFailure): ErrorAnswer {
  const headers = { "www-authenticate": "Bearer" };
  switch (failure) {
    case "token_missing":
      return { code: "token_missing", sentence: "this needs an API token: Authorization: Bearer ew_…", headers };
    case "token_invalid":
      return { code: "token_invalid", sentence: "the API token is not valid", headers };
  }
}
