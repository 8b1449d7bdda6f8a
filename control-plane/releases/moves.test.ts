import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { release as releaseSchema, stagedRecord } from "../../contract/release.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";

let plane: TestControlPlane;

beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(() => plane.close());

const move = (version: string, stage: string, more: object = {}) =>
  plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage, reason: "a test", ...more });
const rollback = (more: object = {}) => plane.call("POST", "/api/models/m/rollback", { reason: "a test", ...more });
const productionInKv = () => releaseSchema.parse(JSON.parse(plane.double.values.get("release:m") ?? "null"));
const count = async (table: string, where = "1"): Promise<number> => {
  const rows = await plane.controlPlane.registration.registry.read((db) =>
    db.all<{ n: number }>(sql.raw(`SELECT count(*) AS n FROM ${table} WHERE ${where}`)),
  );
  return rows[0]?.n ?? -1;
};

describe("a promotion to production", () => {
  it("publishes a signed release of the next generation with its objects, and answers once it is there", async () => {
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    expect(await move(v1, "production")).toMatchObject({
      status: 200,
      body: { from: "staging", to: "production", generation: 1, replaced: null, published: true },
    });
    expect(await move(v2, "production")).toMatchObject({ status: 200, body: { generation: 2, replaced: "v1", published: true } });
    const release = productionInKv();
    expect(release).toMatchObject({ model: "m", generation: 2, stable: { version: "v2" }, canary: null, shadow: null });
    expect(plane.controlPlane.key.isSigned(release)).toBe(true);
    expect(plane.controlPlane.key.isSigned({ ...release, generation: 3 })).toBe(false);
    expect(plane.double.objects.get(release.stable.artifact.key)?.toString()).toBe("m artifact 1");
    const manifest = plane.double.objects.get(release.stable.manifest.key)?.toString() ?? "";
    expect(JSON.parse(manifest)).toMatchObject({ model: "m", version: "v2", artifact: release.stable.artifact });
  });

  it("archives the version before it, so that there is one production version, and writes one audit row", async () => {
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    await move(v1, "production");
    const auditBefore = await count("audit_log");
    await move(v2, "production");
    expect(await count("audit_log")).toBe(auditBefore + 1);
    expect((await plane.call("GET", "/api/models/m/versions?stage=production")).body.versions).toMatchObject([{ version: "v2" }]);
    expect((await plane.call("GET", "/api/models/m/versions/v1")).body.stage).toBe("archived");
  });

  it("is refused when the caller expected another generation, and changes nothing", async () => {
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    await move(v1, "production");
    expect(await move(v2, "production", { expectedGeneration: 0 })).toMatchObject({
      status: 409,
      body: { code: "release_changed", details: { expectedGeneration: 0, currentGeneration: 1 } },
    });
    expect(productionInKv().stable.version).toBe("v1");
    expect(await move(v2, "production", { expectedGeneration: 1 })).toMatchObject({ status: 200, body: { generation: 2 } });
  });

  it("is refused from development, naming the stages that can be reached", async () => {
    await plane.register("m", "content");
    expect(await move("v1", "production")).toMatchObject({
      status: 409,
      body: { code: "stage_move_illegal", details: { from: "development", allowed: ["staging", "archived"] } },
    });
  });

  it("cannot be undone by moving the version away", async () => {
    const [v1 = ""] = await plane.stagedVersions("m", 1);
    await move(v1, "production");
    for (const stage of ["development", "staging", "archived", "production"]) expect((await move(v1, stage)).status).toBe(409);
    expect(await count("versions", "stage = 'production'")).toBe(1);
  });
});

describe("50 promotions and a rollback at once", () => {
  it("have one winner a generation, the rollback among them, and leave registry, history and KV agreeing", async () => {
    const versions = await plane.stagedVersions("m", 50);
    await move("v1", "production");
    await move("v2", "production");
    const others = versions.slice(2);
    const promotions = others.map((version) => move(version, "production"));
    const answers = await Promise.all([...promotions, rollback()]);
    const won = answers.filter(({ status }) => status < 300);
    const lost = answers.filter(({ status }) => status === 409);
    expect(won.length + lost.length).toBe(others.length + 1);
    expect(lost.every(({ body }) => body.code === "release_changed")).toBe(true);
    expect(lost.length).toBeGreaterThan(0);
    expect(answers.at(-1)?.status).toBeLessThan(300);
    const generations = won.map(({ body }) => body.generation as number).toSorted((a, b) => a - b);
    expect(generations).toEqual(generations.map((_, index) => 3 + index));
    expect(await count("versions", "stage = 'production'")).toBe(1);
    expect(await count("audit_log", "act IN ('promote', 'rollback')")).toBe(2 + won.length);
    const { release, publication } = (await plane.call("GET", "/api/models/m/release")).body;
    expect(release.generation).toBe(2 + won.length);
    const production = (await plane.call("GET", "/api/models/m")).body.production as string;
    expect(release.stable.version).toBe(production);
    if (publication.state === "published") expect(productionInKv()).toEqual(release);
  });
});

describe("a rollback", () => {
  it("walks back one production version at a time, each as a higher generation, and then says that there is none", async () => {
    for (const version of await plane.stagedVersions("m", 3)) await move(version, "production");
    expect(await rollback()).toMatchObject({
      status: 200,
      body: { version: "v2", generation: 4, replaced: "v3", published: true },
    });
    expect(await rollback()).toMatchObject({
      status: 200,
      body: { version: "v1", generation: 5, replaced: "v2", published: true },
    });
    expect(productionInKv()).toMatchObject({ generation: 5, stable: { version: "v1" } });
    expect(await rollback()).toMatchObject({ status: 409, body: { code: "nothing_to_roll_back" } });
    expect(await rollback({ to: "v3" })).toMatchObject({ status: 200, body: { version: "v3", generation: 6 } });
  });

  it("goes to no version that was never in production, nor to the one that is", async () => {
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    await move(v1, "production");
    expect(await rollback({ to: v2 })).toMatchObject({ status: 409, body: { details: { why: "was_never_production" } } });
    expect(await rollback({ to: v1 })).toMatchObject({ status: 409, body: { details: { why: "is_production" } } });
    expect(await rollback({ to: "v9" })).toMatchObject({ status: 404, body: { code: "version_unknown" } });
  });
});

describe("staging", () => {
  it("publishes a signed staged record, and deletes it when the version leaves, into production too", async () => {
    const [v1 = ""] = await plane.stagedVersions("m", 1);
    await expect.poll(() => plane.double.values.has("staged:m:v1"), { timeout: 10_000 }).toBe(true);
    const record = stagedRecord.parse(JSON.parse(plane.double.values.get("staged:m:v1") ?? ""));
    expect(plane.controlPlane.key.isSigned(record)).toBe(true);
    expect(record.target.version).toBe("v1");
    expect(plane.double.objects.has(record.target.artifact.key)).toBe(true);
    expect(await move(v1, "archived")).toMatchObject({ status: 200, body: { generation: null, published: true } });
    expect(plane.double.values.has("staged:m:v1")).toBe(false);
    await move(v1, "staging");
    expect(plane.double.values.has("staged:m:v1")).toBe(true);
    await move(v1, "production");
    await expect.poll(() => plane.double.values.has("staged:m:v1"), { timeout: 5000 }).toBe(false);
  });
});

describe("the history", () => {
  it("answers what was production at a time and who made it so", async () => {
    const [v1 = "", v2 = ""] = await plane.stagedVersions("m", 2);
    const first = (await move(v1, "production")).body.at as string;
    const second = (await move(v2, "production")).body.at as string;
    const at = async (time: string) =>
      (await plane.call("GET", `/api/models/m/history?at=${encodeURIComponent(time)}`)).body.productionAt;
    expect(await at("2020-01-01T00:00:00Z")).toMatchObject({ version: null, move: null });
    expect(await at(first)).toMatchObject({
      version: "v1",
      move: { act: "promote", reason: "a test", actor: { name: "admin" } },
    });
    expect(await at(new Date(Date.parse(second) - 1).toISOString())).toMatchObject({ version: "v1" });
    expect(await at(second.replace("Z", "+00:00"))).toMatchObject({ version: "v2" });
  });

  it("comes in pages, newest first", async () => {
    for (const version of await plane.stagedVersions("m", 3)) await move(version, "production");
    const all = (await plane.call("GET", "/api/models/m/history")).body.moves as { id: number }[];
    const seen: { id: number }[] = [];
    let next: number | null = Number.MAX_SAFE_INTEGER;
    while (next !== null) {
      const page: { moves: { id: number }[]; next: number | null } = (
        await plane.call("GET", `/api/models/m/history?limit=2&before=${next}`)
      ).body;
      expect(page.moves.length).toBeLessThanOrEqual(2);
      seen.push(...page.moves);
      next = page.next;
    }
    expect(seen).toEqual(all);
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a));
  });
});
