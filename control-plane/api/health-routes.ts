/** Health for people and probes, open to all: /livez (the process), /readyz (the registry can be written) and /health (a summary). */
import { createRoute } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { succeed } from "../../contract/result.ts";
import { pendingSummary } from "../releases/outbox.ts";
import { registryFailureOf } from "../registry/registry-failure.ts";
import type { Api, AppTools } from "./api-env.ts";
import { jsonContent } from "./describe-route.ts";
import { errorAnswer, healthAnswer, liveAnswer, type HealthAnswer } from "./schemas.ts";
import { valueOrThrow } from "./value-or-throw.ts";

const live = createRoute({
  method: "get",
  path: "/livez",
  tags: ["Health"],
  summary: "Whether the process answers; depends on nothing else",
  responses: { 200: { description: "It does", content: jsonContent(liveAnswer) } },
});

const ready = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["Health"],
  summary: "Whether the registry can be written",
  responses: {
    200: { description: "It can", content: jsonContent(liveAnswer) },
    503: { description: "registry_busy, registry_unavailable", content: jsonContent(errorAnswer) },
  },
});

const health = createRoute({
  method: "get",
  path: "/health",
  tags: ["Health"],
  summary: "The state of the registry and of publication; always 200",
  responses: { 200: { description: "A summary", content: jsonContent(healthAnswer) } },
});

export function addHealth(app: Api, { registry, now }: AppTools): void {
  app.openapi(live, (c) => c.json({ status: "ok" as const }, 200));

  app.openapi(ready, async (c) => {
    // A transaction that begins as a write takes the lock and meets a read-only or full disk, though it changes nothing.
    valueOrThrow(
      await registry.write(async (db) => {
        await db.run(sql`SELECT 1`);
        return succeed(undefined);
      }),
    );
    return c.json({ status: "ok" as const }, 200);
  });

  app.openapi(health, async (c) => {
    const timestamp = now().toISOString();
    const state = await registry.read(pendingSummary).then(
      (publications): Pick<HealthAnswer, "registry" | "publications"> => ({ registry: "ok", publications }),
      (error: unknown): Pick<HealthAnswer, "registry" | "publications"> => {
        const failure = registryFailureOf(error, 1);
        if (!failure) throw error;
        const publications = { pending: 0, lastError: null };
        return { registry: failure.reason === "registry_busy" ? "busy" : "unavailable", publications };
      },
    );
    const isOk = state.registry === "ok" && state.publications.lastError === null;
    return c.json({ status: isOk ? ("ok" as const) : ("degraded" as const), timestamp, ...state }, 200);
  });
}
