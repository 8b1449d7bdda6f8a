/**
 * kill -9 at every step of a promotion and of a rollback. Between two calls to the edge's storage nothing but the registry's own transactions
 * happens, so to be killed while each call is under way, applied or not, is to be killed everywhere. One server after another lives
 * through all of the points: each start must finish what the kill before it left.
 */
import { createClient } from "@libsql/client";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { artifactKey, manifestKey } from "../contract/names.ts";
import { release as releaseSchema } from "../contract/release.ts";
import { startCloudflareDouble, type CloudflareDouble } from "../control-plane/testing/cloudflare-double.ts";
import { holdWriteLock } from "../control-plane/testing/other-process.ts";
import { seedStagedVersions } from "../control-plane/testing/seed.ts";
import { startServer, type ServerProcess } from "../control-plane/testing/server-process.ts";
import { isFullScale } from "./harness/scale.ts";

type Point = readonly [call: string, applied: boolean];
/** The quick run tries the writes only: to be killed at a read is to be killed before the next write. */
const tried = (points: readonly Point[]): readonly Point[] => points.filter(([call]) => isFullScale || call.includes("PUT"));
const PROMOTE_POINTS = tried([
  ["R2 GET artifact", false],
  ["R2 PUT artifact", false],
  ["R2 PUT artifact", true],
  ["R2 GET artifact again", false],
  ["R2 GET manifest", false],
  ["R2 PUT manifest", false],
  ["R2 PUT manifest", true],
  ["R2 GET manifest again", false],
  ["KV GET", false],
  ["KV PUT", false],
  ["KV PUT", true],
  ["KV GET again", false],
]);
const ROLLBACK_POINTS = tried([
  ["R2 GET artifact", false],
  ["R2 GET manifest", false],
  ["KV GET", false],
  ["KV PUT", false],
  ["KV PUT", true],
  ["KV GET again", false],
]);
const WAIT = { timeout: 30_000 };

let directory: string;
let double: CloudflareDouble;
let server: ServerProcess;
let variables: Record<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-kill-"));
  double = await startCloudflareDouble();
  variables = {
    LIBSQL_URL: `file:${join(directory, "registry.db")}`,
    EDGEWISE_DIRECTORY: directory,
    CLOUDFLARE_API_BASE_URL: double.url,
  };
  const contents = [...PROMOTE_POINTS, "one for the lock"].map((_, index) => `artifact ${index}`);
  await seedStagedVersions(variables, "m", contents);
  server = await startServer(variables);
  await vi.waitFor(() => expect(double.values.size).toBe(contents.length), WAIT);
});

afterAll(async () => {
  await server.kill("SIGKILL");
  await double.close();
  rmSync(directory, { recursive: true, force: true });
});

/** From a connection of its own, as everything here is judged by what is in the file. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = createClient({ url: variables["LIBSQL_URL"] ?? "", timeout: 5000 });
  try {
    return (await client.execute(sql)).rows.map((row) => ({ ...row }));
  } finally {
    client.close();
  }
}

async function post(path: string, body: object): Promise<unknown> {
  const token = readFileSync(join(directory, "admin-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${server.url}/api/models/m/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

const promote = (version: string) => post(`versions/${version}/promote`, { stage: "production", reason: "a test" });
const rollback = () => post("rollback", { reason: "a test" });

async function state(): Promise<{ generation: number; acts: number; production: string | undefined }> {
  const [release] = await query("SELECT coalesce(max(generation), 0) AS generation FROM releases");
  const [audit] = await query("SELECT count(*) AS acts FROM audit_log WHERE act IN ('promote', 'rollback')");
  const production = await query("SELECT number FROM versions WHERE stage = 'production'");
  expect(production.length).toBeLessThanOrEqual(1);
  return {
    generation: Number(release?.["generation"]),
    acts: Number(audit?.["acts"]),
    production: production[0] && `v${String(production[0]["number"])}`,
  };
}

/** Kills the server when the call that `point` names, of those for the release, has come in; it takes effect or not, and is never answered. */
async function killAt(point: string, applied: boolean, act: () => Promise<unknown>): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const seen = new Map<string, number>();
  double.decide = ({ kind, method, key }) => {
    if (key.startsWith("staged:")) return { state: "answer" };
    const what = kind === "KV" ? "" : key.endsWith(".onnx") ? " artifact" : " manifest";
    const name = `${kind} ${method}${what}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    if (point !== (times === 1 ? name : `${name} again`)) return { state: "answer" };
    reached.resolve();
    return { state: "hang", applied };
  };
  const answer = act().catch(() => "cut off");
  await reached.promise;
  await server.kill("SIGKILL");
  expect(await answer).toBe("cut off");
  double.decide = () => ({ state: "answer" });
}

/** Starts again and waits until nothing is pending; then the registry, R2 and KV must say the same. */
async function expectToAgree(expected: { generation: number; acts: number; production: string }): Promise<void> {
  server = await startServer(variables);
  await vi.waitFor(async () => expect(await query("SELECT id FROM outbox WHERE state = 'pending'")).toEqual([]), WAIT);
  expect(await state()).toEqual(expected);
  const release = releaseSchema.parse(JSON.parse(double.values.get("release:m") ?? "null"));
  expect(release).toMatchObject({ generation: expected.generation, stable: { version: expected.production } });
  expect(double.objects.has(release.stable.artifact.key)).toBe(true);
  expect(double.objects.has(release.stable.manifest.key)).toBe(true);
}

async function removeObjects(number: number): Promise<void> {
  const [row] = await query(
    `SELECT artifact_sha256 AS artifact, manifest_sha256 AS manifest FROM versions WHERE number = ${number}`,
  );
  double.objects.delete(artifactKey("m", String(row?.["artifact"])));
  double.objects.delete(manifestKey("m", String(row?.["manifest"])));
}

const named = (points: readonly Point[]) =>
  points.map(([point, applied], index) => ({ name: applied ? `${point}, applied` : point, point, applied, number: index + 1 }));

describe("a promotion killed at", () => {
  it.each(named(PROMOTE_POINTS))("$name is finished by the next start", async ({ point, applied, number }) => {
    const before = await state();
    await removeObjects(number);
    await killAt(point, applied, () => promote(`v${number}`));
    await expectToAgree({ generation: before.generation + 1, acts: before.acts + 1, production: `v${number}` });
  });

  it("its transaction, waiting for the lock, leaves nothing of it", async () => {
    const before = await state();
    const { released } = await holdWriteLock(variables["LIBSQL_URL"] ?? "", 1500);
    const answer = promote(`v${PROMOTE_POINTS.length + 1}`).catch(() => "cut off");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.kill("SIGKILL");
    expect(await answer).toBe("cut off");
    await released;
    expect(await state()).toEqual(before);
    await expectToAgree({ ...before, production: String(before.production) });
  });
});

describe("a rollback killed at", () => {
  it.each(named(ROLLBACK_POINTS))("$name is finished by the next start", async ({ point, applied, number }) => {
    const before = await state();
    await killAt(point, applied, rollback);
    const production = `v${PROMOTE_POINTS.length - number}`;
    await expectToAgree({ generation: before.generation + 1, acts: before.acts + 1, production });
  });
});
