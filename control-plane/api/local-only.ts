/**
 * Keeps other sites' pages in a person's browser away from a control plane on the same machine: a page that rebinds its own name to this
 * address is caught by its Host, any other by its Origin. No CORS headers are ever sent.
 */
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "./api-env.ts";
import { AnswerError } from "./envelope.ts";

/** `allowedHosts` are host names without a port; undefined allows any (a proxy in front decides then). */
export function localOnly(allowedHosts: readonly string[] | undefined) {
  return createMiddleware<ApiEnv>(async function localOnly(c, next) {
    const host = c.req.header("host")?.toLowerCase() ?? "";
    if (allowedHosts && !allowedHosts.includes(host.replace(/:\d+$/, ""))) throw new AnswerError(forbidden("Host", host));
    const origin = c.req.header("origin");
    if (origin !== undefined && hostOf(origin) !== host) throw new AnswerError(forbidden("Origin", origin));
    await next();
  });
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

const forbidden = (header: string, value: string) => ({
  code: "origin_forbidden" as const,
  sentence: `a request with the ${header} ${JSON.stringify(value.slice(0, 200))} is not answered here; ALLOWED_HOSTS names more hosts`,
});
