/** GET /metrics, for Prometheus: open unless METRICS_TOKEN is set, then for its bearer only. The format is the one that the caller accepts. */
import { createHash, timingSafeEqual } from "node:crypto";
import { CONTENT_TYPES, formatFor, renderExposition } from "../metrics/exposition.ts";
import type { Api, AppTools } from "./api-env.ts";
import { AnswerError } from "./envelope.ts";

export function addMetrics(app: Api, { families, metricsToken }: Pick<AppTools, "families" | "metricsToken">): void {
  app.get("/metrics", async (c) => {
    const authorization = c.req.header("authorization");
    if (metricsToken !== undefined && !isBearer(authorization, metricsToken)) {
      const headers = { "www-authenticate": "Bearer" };
      throw new AnswerError(
        authorization === undefined
          ? { code: "token_missing", sentence: "this needs METRICS_TOKEN as a bearer token", headers }
          : { code: "token_invalid", sentence: "the bearer token is not METRICS_TOKEN", headers },
      );
    }
    const format = formatFor(c.req.header("accept"));
    const { text, refused } = renderExposition(await families(), format);
    if (refused.length > 0)
      c.get("log").error({ series: refused.slice(0, 10), count: refused.length }, "values that no metric can have were left out");
    return c.body(text, 200, { "content-type": CONTENT_TYPES[format], "cache-control": "no-store" });
  });
}

/** Over digests, so that neither time nor length says anything of the token. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer ([^\s,]+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
