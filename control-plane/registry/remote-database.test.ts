/** The registry behind an http:// URL: the same promotions, tokens and history as on a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fail, succeed } from "../../contract/result.ts";
import { startLibsqlServerDouble, type LibsqlServerDouble } from "../testing/libsql-server-double.ts";
import { startTestControlPlane } from "../testing/test-control-plane.ts";
import { openRegistry } from "./database.ts";
import { models } from "./schema.ts";

let directory: string;
let server: LibsqlServerDouble;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-remote-"));
  server = await startLibsqlServerDouble(join(directory, "server.db"));
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("a registry over HTTP", () => {
  it("registers, promotes, rolls back and reads back", async () => {
    const plane = await startTestControlPlane({ LIBSQL_URL: server.url });
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    for (const version of [v1, v2]) {
      const promoted = await plane.call("POST", `/api/models/m/versions/${version}/promote`, {
        stage: "production",
        reason: "a test",
      });
      expect(promoted).toMatchObject({ status: 200, body: { published: true } });
    }
    const rolledBack = await plane.call("POST", "/api/models/m/rollback", { reason: "a test" });
    expect(rolledBack).toMatchObject({ status: 200, body: { version: "v1", generation: 3, replaced: "v2", published: true } });
    expect((await plane.call("GET", "/api/models/m/history")).body.moves).toHaveLength(7);
    expect(await plane.call("GET", "/readyz")).toMatchObject({ status: 200 });
    expect(server.requests()).toBeGreaterThan(10);
    await plane.close();
  });

  it("is migrated once, rolls back what fails, and is unavailable when nobody answers", async () => {
    const first = await openRegistry({ url: server.url });
    await first.close();
    const registry = await openRegistry({ url: server.url });
    const insert = (name: string, fails: boolean) =>
      registry.write(async (db) => {
        await db.insert(models).values({ name, createdAt: "2026-01-01T00:00:00.000Z" });
        return fails ? fail({ reason: "no" }) : succeed(name);
      });
    expect(await insert("a", true)).toEqual({ ok: false, failure: { reason: "no" } });
    expect(await insert("b", false)).toEqual({ ok: true, value: "b" });
    expect(await registry.read((db) => db.select({ name: models.name }).from(models))).toEqual([{ name: "b" }]);
    await server.close();
    expect(await insert("c", false)).toMatchObject({ ok: false, failure: { reason: "registry_unavailable" } });
    await registry.close();
    server = await startLibsqlServerDouble(join(directory, "server.db"));
  });
});
