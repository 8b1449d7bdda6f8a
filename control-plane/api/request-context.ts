/** The first middleware: gives every request an id and a log, and every answer the id. Logs one line per request, without its secrets. */
import { createMiddleware } from "hono/factory";
import type { Logger } from "pino";
import { REQUEST_ID_LENGTH_MAX } from "../../contract/limits.ts";
import type { ApiEnv } from "./api-env.ts";

const REQUEST_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${REQUEST_ID_LENGTH_MAX}}$`);

const PROBES = new Set(["/livez", "/readyz", "/health", "/metrics"]);

export interface RequestContextOptions {
  log: Logger;
  newId: () => string;
  now: () => Date;
}

export function requestContext({ log, newId, now }: RequestContextOptions) {
  return createMiddleware<ApiEnv>(async function requestContext(c, next) {
    const startedAtMs = now().getTime();
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : newId();
    c.set("requestId", requestId);
    c.set("log", log.child({ requestId }));
    await next();
    c.res.headers.set("x-request-id", requestId);
    const { method, path } = c.req;
    const { status } = c.res;
    const fields = { method, path, status, latencyMs: now().getTime() - startedAtMs, token: c.get("caller")?.actor.tokenId };
    // Probes come every few seconds and say nothing while they succeed.
    const isProbe = PROBES.has(path);
    c.get("log")[status >= 500 ? "warn" : isProbe ? "debug" : "info"](fields, "request");
  });
}
