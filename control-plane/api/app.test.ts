import { renameSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../contract/error-codes.ts";
import { holdWriteLock } from "../testing/other-process.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { jsonDepth } from "./json-body.ts";

let plane: TestControlPlane;

beforeAll(async () => {
  plane = await startTestControlPlane();
  await plane.register("m", "content");
});
afterAll(() => plane.close());

/** A raw request; the admin's token is added. */
async function raw(method: string, path: string, headers: Record<string, string> = {}, body?: string | ReadableStream) {
  const init = {
    method,
    headers: { host: "localhost", authorization: `Bearer ${plane.adminToken}`, ...headers },
    duplex: "half",
  };
  const response = await plane.app.request(path, { ...init, ...(body === undefined ? {} : { body }) } as RequestInit);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, code: errorCodeOf(text) };
}

function errorCodeOf(text: string): ErrorCode | undefined {
  try {
    return (JSON.parse(text) as { code?: ErrorCode }).code;
  } catch {
    return undefined;
  }
}

const JSON_TYPE = { "content-type": "application/json" };
const DESCRIPTION = "/api/models/m/versions/v1";

describe("an error answer", () => {
  const cases: [string, () => ReturnType<typeof raw>, ErrorCode][] = [
    ["an unknown path", () => raw("GET", "/nothing"), "route_unknown"],
    ["an unknown path under /api", () => raw("GET", "/api/nothing"), "route_unknown"],
    ["a method that a path does not take", () => raw("PUT", "/api/models"), "method_not_allowed"],
    ["a method that a public path does not take", () => raw("POST", "/livez"), "method_not_allowed"],
    ["an unknown model", () => raw("GET", "/api/models/none"), "model_unknown"],
    ["an unknown version", () => raw("GET", "/api/models/m/versions/v9"), "version_unknown"],
    ["a path that is no name", () => raw("GET", "/api/models/%2e%2e%2fetc"), "query_invalid"],
    ["an unknown token", () => raw("DELETE", "/api/tokens/aaaaaaaaaaaa"), "token_unknown"],
    ["a page that is too long", () => raw("GET", "/api/audit?limit=1000"), "query_invalid"],
    ["a time that is none", () => raw("GET", "/api/models/m/history?at=yesterday"), "query_invalid"],
    ["no body", () => raw("PATCH", DESCRIPTION, JSON_TYPE), "body_not_json"],
    ["a body that is not JSON", () => raw("PATCH", DESCRIPTION, JSON_TYPE, "{"), "body_not_json"],
    ["a body of another type", () => raw("PATCH", DESCRIPTION, { "content-type": "text/plain" }, "{}"), "media_type_unsupported"],
    [
      "a body with an unknown member",
      () => raw("PATCH", DESCRIPTION, JSON_TYPE, '{"description":"","stage":"production"}'),
      "body_invalid",
    ],
    [
      "a body with __proto__",
      () => raw("PATCH", DESCRIPTION, JSON_TYPE, '{"description":"","__proto__":{"stage":"x"}}'),
      "body_invalid",
    ],
    [
      "a number that JSON cannot carry",
      () => raw("PUT", `${DESCRIPTION}/metrics`, JSON_TYPE, '{"metrics":{"a":1e999}}'),
      "body_invalid",
    ],
    ["a body nested too deep", () => raw("PATCH", DESCRIPTION, JSON_TYPE, "[".repeat(200_000)), "json_too_deep"],
    ["a body over the limit", () => raw("PATCH", DESCRIPTION, JSON_TYPE, `"${"x".repeat(1_048_576)}"`), "body_too_large"],
    [
      "a body over the limit on an unknown path",
      () => raw("POST", "/nothing", JSON_TYPE, "x".repeat(1_048_577)),
      "body_too_large",
    ],
    ["another site's page", () => raw("GET", "/livez", { origin: "http://elsewhere.example" }), "origin_forbidden"],
    ["a page without an origin", () => raw("GET", "/livez", { origin: "null" }), "origin_forbidden"],
    ["a name rebound to this address", () => raw("GET", "/livez", { host: "elsewhere.example:8080" }), "origin_forbidden"],
  ];

  it.each(cases)("for %s has the envelope, its status, and nothing of a stack", async (_name, ask, code) => {
    const { status, text, headers } = await ask();
    expect({ status, code: errorCodeOf(text) }).toEqual({ status: ERROR_CODES[code], code });
    const body = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(body).filter((key) => !["error", "code", "request_id", "details"].includes(key))).toEqual([]);
    expect(body["request_id"]).toBe(headers.get("x-request-id"));
    expect(text).not.toMatch(/\.ts:|node_modules|\bat \w+ \(/);
  });

  it("for a method that is not taken names those that are", async () => {
    expect((await raw("POST", "/api/models/m")).headers.get("allow")).toBe("GET");
    expect((await raw("POST", "/api/models/m/versions/v1")).headers.get("allow")).toBe("GET, PATCH");
  });

  it("is never a 5xx for a body made up at random", async () => {
    const paths = [
      "/api/models/m/versions/v1/promote",
      "/api/models/m/rollback",
      "/api/tokens",
      `${DESCRIPTION}/metrics`,
      `${DESCRIPTION}/tags/k`,
    ];
    const methods: Record<string, string> = { [`${DESCRIPTION}/metrics`]: "PUT", [`${DESCRIPTION}/tags/k`]: "PUT" };
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ stage: fc.json(), reason: fc.json(), metrics: fc.json() }).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async (path, text) => {
        const { status } = await raw(methods[path] ?? "POST", path, JSON_TYPE, text);
        expect(status).toBeLessThan(500);
      }),
      { seed: 2026, numRuns: 500 },
    );
  });
});

describe("every answer", () => {
  it("has the caller's request id when that is a fit one, and a new one otherwise", async () => {
    expect((await raw("GET", "/livez", { "x-request-id": "abc-1" })).headers.get("x-request-id")).toBe("abc-1");
    for (const id of ["a b", "x".repeat(129), '"><script>']) {
      expect((await raw("GET", "/livez", { "x-request-id": id })).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("has the security headers", async () => {
    const { headers } = await raw("GET", "/docs");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("is given to the control plane's own pages and to local names", async () => {
    expect((await raw("GET", "/livez", { origin: "http://localhost:8080", host: "localhost:8080" })).status).toBe(200);
    expect((await raw("GET", "/livez", { host: "127.0.0.1:9" })).status).toBe(200);
    expect((await raw("GET", "/livez", { host: "[::1]:9" })).status).toBe(200);
  });
});

describe("a body without a length over the limit", () => {
  it("is not read to its end", async () => {
    let sentBytes = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          controller.enqueue(new Uint8Array(100_000).fill(0x20));
          sentBytes += 100_000;
          if (sentBytes >= 200_000_000) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    expect((await raw("PATCH", DESCRIPTION, JSON_TYPE, body)).status).toBe(413);
    expect(sentBytes).toBeLessThan(5_000_000);
  });
});

describe("editing a version", () => {
  it("sets its description, sets and removes tags, merges metrics, and writes an audit row each", async () => {
    const at = "/api/models/m/versions/v1";
    expect((await plane.call("PATCH", at, { description: "new" })).body.description).toBe("new");
    expect((await plane.call("PUT", `${at}/tags/team`, { value: "air" })).body.tags).toEqual({ team: "air" });
    expect((await plane.call("PUT", `${at}/tags/team`, { value: "water" })).body.tags).toEqual({ team: "water" });
    expect((await plane.call("DELETE", `${at}/tags/team`)).body.tags).toEqual({});
    await plane.call("PUT", `${at}/metrics`, { metrics: { rmse: 2, mae: 1 } });
    expect((await plane.call("PUT", `${at}/metrics`, { metrics: { rmse: 3 } })).body.metrics).toEqual({ rmse: 3, mae: 1 });
    const { entries } = (await plane.call("GET", "/api/audit?limit=6")).body;
    expect(entries.map(({ act }: { act: string }) => act)).toEqual(["measure", "measure", "untag", "tag", "tag", "describe"]);
    expect(entries[5]).toMatchObject({ actor: { name: "admin" }, model: "m", version: "v1", details: { description: "new" } });
  });

  it("finds versions by stage and by tag, newest first, in pages", async () => {
    for (const n of [1, 2, 3]) await plane.register("paged", `content ${n}`, { tags: { n: String(n), team: "air" } });
    const list = async (query: string) => {
      const { body } = await plane.call("GET", `/api/models/paged/versions${query}`);
      return { versions: body.versions.map(({ version }: { version: string }) => version), next: body.next };
    };
    expect(await list("")).toEqual({ versions: ["v3", "v2", "v1"], next: null });
    expect(await list("?limit=2")).toEqual({ versions: ["v3", "v2"], next: "v2" });
    expect(await list("?limit=2&before=v2")).toEqual({ versions: ["v1"], next: null });
    expect(await list("?tag=n%3D2")).toEqual({ versions: ["v2"], next: null });
    expect(await list("?tag=team")).toEqual({ versions: ["v3", "v2", "v1"], next: null });
    expect(await list("?stage=production")).toEqual({ versions: [], next: null });
  });
});

describe("tokens", () => {
  it("are shown once, listed without their secrets, and end when revoked", async () => {
    const { status, body, headers } = await plane.call("POST", "/api/tokens", {
      name: "ci",
      role: "operator",
      expiresAt: "2099-01-01T00:00:00+01:00",
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "ci", role: "operator", expiresAt: "2098-12-31T23:00:00.000Z", createdBy: "admin" });
    expect(headers.get("cache-control")).toBe("no-store");
    expect((await plane.call("GET", "/api/models", undefined, body.token)).status).toBe(200);
    const listed = JSON.stringify((await plane.call("GET", "/api/tokens")).body);
    expect(listed).toContain(body.id);
    expect(listed).not.toContain(body.token.split("_")[2]);
    await expect
      .poll(async () => JSON.stringify((await plane.call("GET", "/api/tokens")).body), { timeout: 10_000 })
      .toMatch(new RegExp(`${body.id}[^}]*"lastUsedAt":"2`));
    expect((await plane.call("DELETE", `/api/tokens/${body.id}`)).body.revokedAt).not.toBeNull();
    expect((await plane.call("GET", "/api/models", undefined, body.token)).status).toBe(401);
  });
});

describe("/docs", () => {
  it("is a page made of this machine's files only", async () => {
    const { text } = await raw("GET", "/docs");
    const sources = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? "");
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) {
      expect(source).toMatch(/^\/docs\//);
      expect((await raw("GET", source)).status).toBe(200);
    }
  });
});

describe("health", () => {
  let own: TestControlPlane;
  beforeEach(async () => {
    own = await startTestControlPlane({ PUBLISH_WAIT_MS: "100" });
  });
  afterEach(() => own.close());

  it("is ok while the registry can be written and nothing failed to be published", async () => {
    expect((await own.call("GET", "/readyz")).status).toBe(200);
    expect((await own.call("GET", "/health")).body).toMatchObject({ status: "ok", registry: "ok", publications: { pending: 0 } });
  });

  it("is degraded, and says why, while a publication fails", async () => {
    own.double.decide = () => ({ state: "fail", status: 500 });
    await own.register("m", "content", { stage: "staging" });
    await expect
      .poll(async () => (await own.call("GET", "/health")).body, { timeout: 10_000 })
      .toMatchObject({ status: "degraded", publications: { pending: 1, lastError: expect.stringContaining("500") } });
    expect((await own.call("GET", "/readyz")).status).toBe(200);
  });

  it("is not ready while another process holds the registry, and lives all the same", async () => {
    const { released } = await holdWriteLock(own.registryUrl, 6000);
    const ready = own.call("GET", "/readyz");
    expect((await own.call("GET", "/livez")).status).toBe(200);
    expect(await ready).toMatchObject({ status: 503, body: { code: "registry_busy" } });
    expect((await ready).headers.get("retry-after")).toBe("1");
    await released;
    expect((await own.call("GET", "/readyz")).status).toBe(200);
  });

  it("is not ready when the registry's file was replaced; reads go on", async () => {
    renameSync(join(own.directory, "registry.db"), join(own.directory, "moved.db"));
    expect(await own.call("GET", "/readyz")).toMatchObject({ status: 503, body: { code: "registry_unavailable" } });
    expect((await own.call("GET", "/api/models")).status).toBe(200);
    expect(await own.call("POST", "/api/tokens", { name: "n", role: "viewer" })).toMatchObject({ status: 503 });
  });
});

describe("jsonDepth", () => {
  it("counts nesting and not the brackets within strings", () => {
    expect(jsonDepth('{"a":[1,{"b":"[[[["}],"c\\"[":[[]]}')).toBe(3);
    expect(jsonDepth("1")).toBe(0);
    expect(jsonDepth('"\\\\"[')).toBe(1);
  });
});
