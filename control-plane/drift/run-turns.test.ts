import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";
import type { DriftReference } from "../../contract/drift-reference.ts";
import { succeed } from "../../contract/result.ts";
import { createLog } from "../log.ts";
import { openRegistry, type Registry } from "../registry/database.ts";
import { recordMove } from "../registry/history.ts";
import { versions } from "../registry/schema.ts";
import { startEdgeWindowsDouble, type EdgeWindowsDouble, type ShardDouble } from "../testing/edge-windows-double.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { windowCollector } from "./collect-windows.ts";
import { LIVE_DRIFT_RULE } from "./live-rule.ts";
import { listReports } from "./report-records.ts";
import { turnRunner } from "./run-turns.ts";

const schedule = { cron: "10 0 * * *", windowHours: 24 };
const log = createLog({ level: "silent", format: "json" }, process.stderr);
/** Four equal bins of 1,000 rows. */
const reference: Omit<DriftReference, "keyFeatures"> = {
  rows: 4000,
  source: "a test",
  features: { x: { kind: "numeric", min: 0, max: 4, edges: [1, 2, 3], counts: [0, 1000, 1000, 1000, 1000, 0, 0] } },
};
const EVEN = [0, 250, 250, 250, 250, 0, 0];
const SHIFTED = [0, 50, 50, 50, 850, 0, 0];

let plane: TestControlPlane;
let registry: Registry;
let edge: EdgeWindowsDouble;
let manifest: string;
/** Midnight after the version went into production. */
let midnight: number;
let nowMs: number;

const now = (): Date => new Date(nowMs);
const runner = () =>
  turnRunner({
    registry,
    collect: windowCollector({ registry, edge: { edgeUrl: edge.url, edgeToken: edge.token }, now }),
    rule: LIVE_DRIFT_RULE,
    schedule,
    now,
    log,
  });
const reports = async (model = "m") => (await registry.read((db) => listReports(db, { model, limit: 100 }))).reports.toReversed();
/** Rows of one hour of the day `day` days after midnight. */
const rows = (day: number, hour: number, counts: number[]): void =>
  edge.count(hour % 2, { model: "m", version: "v1", manifest, region: "FRA", hour: hourOf(midnight) + day * 24 + hour, counts });
const at = (day: number, hours: number): void => void (nowMs = midnight + (day * 24 + hours) * HOUR_MS);

beforeEach(async () => {
  plane = await startTestControlPlane();
  const { body } = await plane.register("m", "an artifact", { stage: "staging", reference });
  manifest = body.manifest.sha256;
  await plane.call("POST", "/api/models/m/versions/v1/promote", { stage: "production", reason: "a test" });
  await plane.register("without", "another artifact", { stage: "staging" });
  await plane.call("POST", "/api/models/without/versions/v1/promote", { stage: "production", reason: "a test" });
  registry = await openRegistry({ url: plane.registryUrl });
  midnight = Math.ceil((Date.now() + HOUR_MS) / (24 * HOUR_MS)) * 24 * HOUR_MS;
  nowMs = midnight;
  edge = await startEdgeWindowsDouble(2, now);
}, 60_000);
afterEach(async () => {
  await edge.close();
  await registry.close();
  await plane.close();
});

describe("the drift schedule", () => {
  it("looks once at each day when it is over, with a verdict of its own", async () => {
    const run = runner();
    for (let hour = 0; hour < 24; hour++) rows(0, hour, EVEN);
    for (let hour = 0; hour < 24; hour++) rows(1, hour, SHIFTED);
    rows(2, 3, [0, 1, 1, 1, 1, 0, 0]);
    for (const [day, hours] of [
      [1, 0],
      [1, 0.1],
      [1, 0.17],
      [1, 5],
      [2, 0.2],
      [2, 23],
      [3, 1],
      [3, 2],
    ] as const) {
      at(day, hours);
      await run();
    }
    const made = await reports();
    // The first turn of all came up on the day of registration.
    expect(made.map(({ scheduledFor, verdict, currentRows }) => [scheduledFor, verdict, currentRows]).slice(-3)).toEqual([
      [new Date(midnight + 24 * HOUR_MS + 600_000).toISOString(), "no_drift", 24_000],
      [new Date(midnight + 48 * HOUR_MS + 600_000).toISOString(), "drift", 24_000],
      [new Date(midnight + 72 * HOUR_MS + 600_000).toISOString(), "not_enough_data", 4],
    ]);
    expect(await reports("without")).toEqual([]);
  });

  it("catches up with the version that was in production when the day ended, not with today's", async () => {
    const v2 = (await plane.register("m", "another artifact", { stage: "staging", reference })).body.manifest.sha256 as string;
    // Promoted at noon of the second day, which is still to come.
    const noon = new Date(midnight + 36 * HOUR_MS);
    const actor = { tokenId: "a test", name: "a test", role: "admin" as const };
    await registry.write(async (db) => {
      await db.update(versions).set({ stage: "archived" }).where(eq(versions.number, 1));
      const move = {
        model: "m",
        number: 2,
        from: "staging",
        to: "production",
        act: "promote",
        reason: "a test",
        generation: null,
      } as const;
      await recordMove(db, { actor, now: noon, requestId: "a test" }, move);
      return succeed(undefined);
    });
    for (const day of [0, 1, 2]) {
      rows(day, 3, EVEN);
      edge.count(0, {
        model: "m",
        version: "v2",
        manifest: v2,
        region: "FRA",
        hour: hourOf(midnight) + day * 24 + 3,
        counts: EVEN,
      });
    }
    at(3, 7);
    await runner()();
    expect((await reports()).slice(-3).map(({ version }) => version)).toEqual(["v1", "v2", "v2"]);
  });

  it("catches up what was missed, each day over its own hours, and repeats nothing", async () => {
    for (let day = 0; day < 5; day++)
      rows(day, 12, day === 2 ? SHIFTED.map((count) => count * 2) : EVEN.map((count) => count * 2));
    at(5, 7);
    await runner()();
    await runner()();
    const made = (await reports()).slice(-5);
    expect(made.map(({ windowFrom, verdict }) => [Date.parse(windowFrom as string) - midnight, verdict])).toEqual(
      [0, 1, 2, 3, 4].map((day) => [day * 24 * HOUR_MS, day === 2 ? "drift" : "no_drift"]),
    );
  });

  it("makes one report of a turn when two processes run it at once", async () => {
    for (let hour = 0; hour < 24; hour++) rows(0, hour, EVEN);
    at(1, 1);
    const made = await Promise.all([runner()(), runner()(), runner()()]);
    expect(made.length).toBe(3);
    const turns = (await reports()).map(({ scheduledFor }) => scheduledFor);
    expect(new Set(turns).size).toBe(turns.length);
  });

  it("is not moved by a clock that jumps ahead, nor by one that jumps back", async () => {
    const run = runner();
    rows(
      0,
      5,
      EVEN.map((count) => count * 2),
    );
    at(1, 1);
    await run();
    const before = (await reports()).length;
    edge.now = () => new Date(midnight + 25 * HOUR_MS);
    at(30, 0);
    await run();
    at(0, 1);
    await run();
    expect((await reports()).length).toBe(before);
    rows(
      1,
      5,
      SHIFTED.map((count) => count * 2),
    );
    at(2, 1);
    edge.now = now;
    await run();
    expect((await reports()).slice(before).map(({ verdict }) => verdict)).toEqual(["drift"]);
  });

  it("waits an hour for a silent shard, then says that it is not in the report", async () => {
    const run = runner();
    const [first] = edge.shards as [ShardDouble];
    for (let hour = 0; hour < 24; hour++) rows(0, hour, EVEN);
    at(0, 23);
    await run();
    const before = (await reports()).length;
    first.isSilent = true;
    at(1, 1);
    await run();
    expect((await reports()).length).toBe(before);
    at(1, 1.2);
    await run();
    const [made] = (await reports()).slice(before);
    const { body } = await plane.call("GET", `/api/drift/reports/${made?.id}`);
    expect(body.report.notes.join(" ")).toContain("Not in it: what shard 0 counted");
    expect(body.report.current_size).toBe(24_000);
  });

  it("does nothing while the edge does not answer, and makes the report when it does", async () => {
    const run = runner();
    at(0, 1);
    await run();
    const before = (await reports()).length;
    const { token } = edge;
    edge.token = "rotated";
    at(1, 9);
    expect(await run()).toBe(0);
    edge.token = token;
    expect(await run()).toBe(1);
    expect((await reports()).length).toBe(before + 1);
  });
});
