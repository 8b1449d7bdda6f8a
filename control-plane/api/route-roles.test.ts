/** Every route × every role × every way in which a token can be no good, from the table that the server enforces. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAtLeast } from "../tokens/roles.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { matchRoute, ROUTE_ROLES } from "./route-roles.ts";
import { ROLES, type Role } from "./schemas.ts";

let plane: TestControlPlane;
let tokens: Record<Role, string>;
let expired: string;
let revoked: string;

const ROUTES = Object.entries(ROUTE_ROLES).map(([route, role]) => {
  const [method = "", path = ""] = route.split(" ");
  return { route, role, method, path };
});
/** Names that exist nowhere, so that a call that is let through changes nothing. */
const concrete = (path: string): string =>
  path
    .replace("{model}", "nowhere")
    .replace("{version}", "v1")
    .replace("{key}", "k")
    .replace("{name}", "n")
    .replace("{id}", "aaaaaaaaaaaa");

beforeAll(async () => {
  plane = await startTestControlPlane();
  const made = await Promise.all(ROLES.map(async (role): Promise<[Role, string]> => [role, await plane.token(role)]));
  tokens = Object.fromEntries(made) as Record<Role, string>;
  const past = { name: "past", role: "admin", expiresAt: "2020-01-01T00:00:00Z" };
  expired = (await plane.call("POST", "/api/tokens", past)).body.token;
  const toRevoke = (await plane.call("POST", "/api/tokens", { name: "revoked", role: "admin" })).body;
  revoked = toRevoke.token;
  await plane.call("DELETE", `/api/tokens/${toRevoke.id}`);
});
afterAll(() => plane.close());

async function ask(
  method: string,
  path: string,
  authorization: string | undefined,
): Promise<{ status: number; code: string | undefined }> {
  const headers = {
    host: "localhost",
    "content-type": "application/json",
    ...(authorization === undefined ? {} : { authorization }),
  };
  const body = method === "GET" ? {} : { body: "{}" };
  const response = await plane.app.request(concrete(path), { method, headers, ...body });
  const answer = (await response.json()) as { code?: string };
  return { status: response.status, code: answer.code };
}

describe("the table of routes", () => {
  it("has every /api route that there is a handler for, and no other", () => {
    const handled = plane.app.routes.filter(({ path, method }) => path.startsWith("/api/") && method !== "ALL");
    const names = new Set(handled.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`));
    expect([...names].toSorted()).toEqual(ROUTES.map(({ route }) => route).toSorted());
  });

  it("is what /openapi.json describes", async () => {
    const response = await plane.app.request("/openapi.json", { headers: { host: "localhost" } });
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, { security?: unknown[] }>> };
    const described = Object.entries(paths)
      .filter(([path]) => path.startsWith("/api/"))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.toSorted()).toEqual(ROUTES.map(({ route }) => route).toSorted());
    for (const { method, path } of ROUTES) expect(paths[path]?.[method.toLowerCase()]?.security).toEqual([{ bearer: [] }]);
  });

  it("matches a path whole, HEAD like GET, and knows another method from an unknown path", () => {
    expect(matchRoute("HEAD", "/api/models")).toEqual({ state: "known", role: "viewer" });
    expect(matchRoute("PUT", "/api/models")).toEqual({ state: "other_method", allow: ["GET"] });
    expect(matchRoute("GET", "/api/models/a/b")).toEqual({ state: "unknown" });
    expect(matchRoute("GET", "/api/models/a/versions/v1/artifact/x")).toEqual({ state: "unknown" });
  });
});

describe.each(ROUTES)("$route", ({ method, path, role: least }) => {
  it.each(ROLES)("lets a token of the role %s through, or not, as the table says", async (role) => {
    const { status, code } = await ask(method, path, `Bearer ${tokens[role]}`);
    if (isAtLeast(role, least)) expect([401, 403, 405]).not.toContain(status);
    else expect({ status, code }).toEqual({ status: 403, code: "role_insufficient" });
  });

  it("lets nobody through without a token, or with one that is no good", async () => {
    expect(await ask(method, path, undefined)).toEqual({ status: 401, code: "token_missing" });
    const [head = "", id = "", secret = ""] = tokens.admin.split("_");
    const wrong = [
      "",
      tokens.admin,
      `Basic ${tokens.admin}`,
      "Bearer",
      "Bearer x",
      `Bearer ${tokens.admin}x`,
      `Bearer ${tokens.admin.slice(0, -1)}`,
      `Bearer ${head}_${id}_${secret.replace(/^./, (first) => (first === "A" ? "B" : "A"))}`,
      `Bearer ${tokens.admin}, Bearer ${tokens.viewer}`,
      `Bearer ${tokens.viewer.replace(/_[a-z0-9]{12}_/, `_${id}_`)}`,
      `Bearer ${expired}`,
      `Bearer ${revoked}`,
    ];
    for (const authorization of wrong)
      expect(await ask(method, path, authorization)).toEqual({ status: 401, code: "token_invalid" });
  });
});

describe("whoever may not call a route", () => {
  const model = "confidential";
  let id: string;
  beforeAll(async () => {
    await plane.register(model, "content", { stage: "staging", description: "unannounced" });
    id = (await plane.call("POST", "/api/tokens", { name: "somebody", role: "viewer" })).body.id;
  });
  /** What is there, and a body that the route would take, so that nothing but the role stands between the call and its effect. */
  const real = (path: string): string =>
    path
      .replace("{model}", model)
      .replace("{version}", "v1")
      .replace("{key}", "team")
      .replace("{name}", "holdout")
      .replace("{id}", id);
  const BODY = JSON.stringify({
    stage: "production",
    reason: "a test",
    value: "air",
    description: "changed",
    metrics: { rmse: 1 },
    name: "mine",
    role: "admin",
    text: "a note",
    policy: { dryRun: true },
    url: "https://example.com/",
  });
  /** Every row of every table, less the time when a token was last used. */
  const everything = async (): Promise<string> => {
    const { registry } = plane.controlPlane.registration;
    return registry.read(async (db) => {
      const tables = await db.all<{ name: string }>(
        sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
      );
      const rows = await Promise.all(tables.map(({ name }) => db.all(sql.raw(`SELECT * FROM ${name}`))));
      return JSON.stringify(rows, (key, value: unknown) => (key === "last_used_at" ? null : value));
    });
  };

  it("does nothing and learns nothing, on any route", async () => {
    const before = await everything();
    for (const { method, path, role: least, route } of ROUTES) {
      const roles = ROLES.filter((role) => !isAtLeast(role, least)).map((role) => `Bearer ${tokens[role]}`);
      for (const authorization of [...roles, `Bearer ${expired}`, `Bearer ${revoked}`, "Bearer ew_x", undefined]) {
        const headers = {
          host: "localhost",
          "content-type": "application/json",
          ...(authorization === undefined ? {} : { authorization }),
        };
        const response = await plane.app.request(real(path), { method, headers, ...(method === "GET" ? {} : { body: BODY }) });
        const text = await response.text();
        expect({ route, status: [401, 403].includes(response.status) }).toEqual({ route, status: true });
        expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(["code", "error", "request_id"]);
        expect(text).not.toMatch(/confidential|unannounced|somebody/);
      }
    }
    expect(await everything()).toBe(before);
  }, 60_000);
});
