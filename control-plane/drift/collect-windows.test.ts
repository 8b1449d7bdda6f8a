import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS } from "../../contract/drift-window.ts";
import { openRegistry, type Registry } from "../registry/database.ts";
import { startEdgeWindowsDouble, type EdgeWindowsDouble, type ShardDouble } from "../testing/edge-windows-double.ts";
import { windowCollector, type CollectWindows } from "./collect-windows.ts";
import { sumWindows, WINDOWS_KEPT_DAYS } from "./window-records.ts";

const HOUR = Date.parse("2026-11-23T10:00:00.000Z") / HOUR_MS;
const key = { model: "m", version: "v1", manifest: "a".repeat(64), region: "FRA", hour: HOUR };

let directory: string;
let registry: Registry;
let edge: EdgeWindowsDouble;
let nowMs: number;
let collect: CollectWindows;

const now = (): Date => new Date(nowMs);
const collector = () => windowCollector({ registry, edge: { edgeUrl: edge.url, edgeToken: edge.token }, now });
const sum = (over: Partial<Parameters<typeof sumWindows>[1]> = {}) =>
  registry.read((db) =>
    sumWindows(db, { model: "m", number: 1, manifestSha256: key.manifest, fromHour: HOUR - 1000, toHour: HOUR + 1000, ...over }),
  );

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-windows-"));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
  nowMs = (HOUR + 0.5) * HOUR_MS;
  edge = await startEdgeWindowsDouble(2, now);
  collect = collector();
});
afterEach(async () => {
  await edge.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

describe("collecting windows", () => {
  it("takes over what the shards tell, and the same again changes nothing", async () => {
    edge.count(0, { ...key, counts: [1, 2] });
    edge.count(1, { ...key, counts: [0, 0, 4] });
    for (let times = 0; times < 3; times++) expect(await collect()).toMatchObject({ ok: true, value: { silentShards: [] } });
    expect(await sum()).toEqual({ rows: 7, counts: [1, 2, 4], hours: 1 });
    edge.count(0, { ...key, counts: [0, 5] });
    await collect();
    // As a control plane does that was started anew.
    collect = collector();
    await collect();
    expect(await sum()).toEqual({ rows: 12, counts: [1, 7, 4], hours: 1 });
  });

  it("keeps hours, versions, manifests and regions apart, and adds regions up when none is asked for", async () => {
    edge.count(0, { ...key, counts: [1] });
    edge.count(0, { ...key, region: "AMS", counts: [10] });
    edge.count(0, { ...key, hour: HOUR - 1, counts: [100] });
    edge.count(0, { ...key, version: "v2", counts: [1000] });
    edge.count(0, { ...key, manifest: "b".repeat(64), counts: [10_000] });
    await collect();
    expect((await sum()).counts).toEqual([111]);
    expect((await sum({ region: "AMS" })).counts).toEqual([10]);
    expect((await sum({ fromHour: HOUR })).counts).toEqual([11]);
    expect((await sum({ toHour: HOUR })).counts).toEqual([100]);
  });

  it("gets a silent shard's windows when it answers again, even days later", async () => {
    edge.count(0, { ...key, counts: [1] });
    edge.count(1, { ...key, counts: [2] });
    await collect();
    const [, second] = edge.shards as [ShardDouble, ShardDouble];
    second.isSilent = true;
    edge.count(1, { ...key, hour: HOUR + 1, counts: [4] });
    for (const hours of [2, 20, 60]) {
      nowMs = (HOUR + hours) * HOUR_MS;
      expect(await collect()).toMatchObject({ value: { silentShards: [1] } });
    }
    // Not lost, and not yet there either.
    expect((await sum()).counts).toEqual([3]);
    second.isSilent = false;
    expect(await collect()).toMatchObject({ value: { silentShards: [] } });
    expect((await sum()).counts).toEqual([7]);
    edge.asked.length = 0;
    await collect();
    expect(edge.asked).toEqual([[HOUR + 59, HOUR + 62]]);
  });

  it("does not wait for a shard that the edge no longer has", async () => {
    await collect();
    (edge.shards[1] as ShardDouble).isSilent = true;
    nowMs = (HOUR + 60) * HOUR_MS;
    await collect();
    edge.shards.pop();
    await collect();
    edge.asked.length = 0;
    await collect();
    expect(edge.asked).toEqual([[HOUR + 59, HOUR + 62]]);
  });

  it("carries a wiped shard's windows forward, and what a restored one fell behind", async () => {
    edge.count(0, { ...key, counts: [5, 1] });
    await collect();
    const [shard] = edge.shards as [ShardDouble];
    shard.windows = [];
    shard.createdAt = new Date(nowMs + 1000).toISOString();
    await collect();
    edge.count(0, { ...key, counts: [2, 2] });
    await collect();
    expect(await sum()).toMatchObject({ rows: 10, counts: [7, 3] });
    // Restored from an earlier point: the same storage tells less than it told, and counts on from there.
    shard.windows = [];
    edge.count(0, { ...key, counts: [1, 0] });
    await collect();
    expect(await sum()).toMatchObject({ rows: 10, counts: [7, 3] });
    edge.count(0, { ...key, counts: [0, 4] });
    await collect();
    await collect();
    expect(await sum()).toMatchObject({ rows: 14, counts: [7, 7] });
  });

  it("asks in pieces of a day for all that shards keep at its start, and for hours again when told to", async () => {
    await collect();
    expect(edge.asked.length).toBe(8);
    expect(edge.asked.at(-1)?.[1]).toBe(HOUR + 2);
    edge.count(0, { ...key, hour: HOUR - 30, counts: [9] });
    await collect();
    expect((await sum()).rows).toBe(0);
    await collect(HOUR - 40);
    expect((await sum()).rows).toBe(9);
  });

  it("says why when the edge does not answer, and goes on from there", async () => {
    edge.token = "another-token-altogether";
    expect(await windowCollector({ registry, edge: { edgeUrl: edge.url, edgeToken: "wrong" }, now })()).toMatchObject({
      ok: false,
      failure: { reason: "refused" },
    });
    expect(await windowCollector({ registry, edge: { edgeUrl: edge.url, edgeToken: undefined }, now })()).toMatchObject({
      failure: { reason: "token_not_set" },
    });
  });

  it("deletes windows by the earlier of two clocks", async () => {
    edge.count(0, { ...key, counts: [1] });
    await collect();
    const later = nowMs + (WINDOWS_KEPT_DAYS + 1) * 24 * HOUR_MS;
    edge.now = () => new Date((HOUR + 1) * HOUR_MS);
    nowMs = later;
    await collect();
    expect((await sum()).rows).toBe(1);
    edge.now = now;
    nowMs += 24 * HOUR_MS;
    await collect();
    expect((await sum()).rows).toBe(0);
  });
});
