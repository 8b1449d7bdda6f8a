import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { hourOf, type WindowDelta } from "../../contract/drift-window.ts";
import { DRIFT_WINDOW_KEPT_HOURS, DRIFT_WINDOWS_PER_SHARD_MAX } from "../../contract/limits.ts";
import type { CurrentFlush, MetricFlush } from "../../contract/metric-flush.ts";
import type { Env } from "../env.ts";
import { Recorder } from "../metrics/recorder.ts";
import { WindowStore } from "./window-store.ts";

const { METRICS_SHARD } = env as unknown as Env;
const nowHour = hourOf(Date.now());

const delta = (over: Partial<WindowDelta> = {}): WindowDelta => ({
  model: "m",
  version: "v1",
  manifest: "a".repeat(64),
  region: "FRA",
  hour: nowHour,
  rows: 3,
  gains: [0, 1, 4, 2],
  ...over,
});

const flush = (isolate: string, sequence: number, windows: WindowDelta[]): CurrentFlush => ({
  schema: 3,
  isolate,
  sequence,
  counters: [],
  gauges: [],
  windows,
});

const kept = async (name: string) => (await METRICS_SHARD.getByName(name).readWindows(0, nowHour - 1, nowHour + 2)).windows;

describe("a shard's windows", () => {
  it("add each flush once, whatever order and however often it comes", async () => {
    const shard = METRICS_SHARD.getByName("windows-once");
    const isolates = [crypto.randomUUID(), crypto.randomUUID()];
    const flushes = isolates.flatMap((isolate, index) =>
      Array.from({ length: 10 }, (_, sequence) => flush(isolate, sequence, [delta({ gains: [index, sequence + 1, 9, 1] })])),
    );
    for (const sent of [...flushes, ...flushes, ...flushes].toReversed()) await shard.apply(sent);
    const [window] = await kept("windows-once");
    expect(window).toMatchObject({ rows: 60, counts: [55, 55, 0, 0, 0, 0, 0, 0, 0, 20], region: "FRA", hour: nowHour });
    await evictDurableObject(shard);
    expect(await kept("windows-once")).toEqual([window]);
  });

  it("keep hours, versions, manifests and regions apart", async () => {
    const shard = METRICS_SHARD.getByName("windows-apart");
    const others = [
      delta(),
      delta({ hour: nowHour - 1 }),
      delta({ version: "v2" }),
      delta({ manifest: "b".repeat(64) }),
      delta({ region: "AMS" }),
    ];
    await shard.apply(flush(crypto.randomUUID(), 0, others));
    expect((await kept("windows-apart")).map(({ rows, counts }) => [rows, counts])).toEqual(
      others.map(() => [3, [1, 0, 0, 0, 2]]),
    );
    expect((await shard.readWindows(0, nowHour, nowHour + 1)).windows).toHaveLength(4);
  });

  it("count the rows of hours that are too long ago or yet to come as dropped, and keep the rest of the flush", async () => {
    const shard = METRICS_SHARD.getByName("windows-range");
    const windows = [
      delta({ hour: nowHour - DRIFT_WINDOW_KEPT_HOURS, rows: 5 }),
      delta({ hour: nowHour + 2, rows: 7 }),
      delta({ hour: nowHour - DRIFT_WINDOW_KEPT_HOURS + 1 }),
      delta({ hour: nowHour + 1 }),
    ];
    expect(await shard.apply(flush(crypto.randomUUID(), 0, windows))).toBe("applied");
    expect((await shard.read(0)).counters).toEqual([["drift_rows_dropped_total", 12]]);
    const all = await shard.readWindows(0, 0, nowHour + 10);
    expect(all.windows.map(({ hour }) => hour)).toEqual([nowHour - DRIFT_WINDOW_KEPT_HOURS + 1, nowHour + 1]);
  });

  it("take in no more of them than a shard may keep, and go on counting those that it has", async () => {
    const shard = METRICS_SHARD.getByName("windows-full");
    await shard.apply(flush(crypto.randomUUID(), 0, [delta()]));
    await runInDurableObject(shard, (_, { storage }) => {
      storage.sql.exec(
        "INSERT INTO drift_window WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT ?, 'other', 'v' || i, '', 'FRA', 0, '[]' FROM n",
        DRIFT_WINDOWS_PER_SHARD_MAX,
        nowHour - 5,
      );
    });
    await shard.apply(flush(crypto.randomUUID(), 0, [delta(), delta({ region: "AMS", rows: 8 })]));
    expect(await kept("windows-full")).toMatchObject([{ region: "FRA", rows: 6 }]);
    expect((await shard.read(0)).counters).toEqual([["drift_rows_dropped_total", 8]]);
  });

  it("are forgotten when their time is over", async () => {
    const shard = METRICS_SHARD.getByName("windows-pruned");
    await shard.apply(flush(crypto.randomUUID(), 0, [delta({ hour: nowHour - 2 }), delta()]));
    const hours = await runInDurableObject(shard, (_, { storage }) => {
      const store = new WindowStore(storage.sql);
      store.prune((nowHour - 2 + DRIFT_WINDOW_KEPT_HOURS) * 3_600_000);
      return store.read(0, nowHour + 1).map(({ hour }) => hour);
    });
    expect(hours).toEqual([nowHour]);
  });

  it("take nothing of a flush with a broken delta", async () => {
    const shard = METRICS_SHARD.getByName("windows-broken");
    const isolate = crypto.randomUUID();
    const broken = [
      { gains: [1] },
      { gains: [60_000, 1] },
      { gains: [0, -1] },
      { rows: 0.5 },
      { region: "fra" },
      { hour: -1 },
      { manifest: "x" },
    ];
    for (const [sequence, over] of broken.entries()) {
      const sent = flush(isolate, sequence, [delta(), { ...delta(), ...over }]);
      await expect(
        runInDurableObject(shard, (object) => object.apply(sent)),
        JSON.stringify(over),
      ).rejects.toThrow();
    }
    expect(await kept("windows-broken")).toEqual([]);
  });

  it("get what an older Worker parked, once, as soon as a Worker knows its schema", async () => {
    const shard = METRICS_SHARD.getByName("windows-parked");
    const isolate = crypto.randomUUID();
    const sent = flush(isolate, 0, [delta()]);
    await shard.read(0);
    await runInDurableObject(shard, (_, { storage: { sql } }) => {
      sql.exec("INSERT INTO parked VALUES (?, 0, 3, ?, ?)", isolate, JSON.stringify(sent), Date.now());
      sql.exec(
        "INSERT INTO parked VALUES (?, 1, 99, ?, ?)",
        isolate,
        JSON.stringify({ ...sent, schema: 99, sequence: 1 }),
        Date.now(),
      );
    });
    await evictDurableObject(shard);
    const reopened = METRICS_SHARD.getByName("windows-parked");
    expect(await reopened.apply(sent)).toBe("repeated");
    expect((await kept("windows-parked")).map(({ rows }) => rows)).toEqual([3]);
    const stillParked = await runInDurableObject(reopened, (_, { storage }) =>
      storage.sql
        .exec("SELECT schema FROM parked")
        .toArray()
        .map((row) => row["schema"]),
    );
    expect(stillParked).toEqual([99]);
  });
});

describe("windows of a recorder and its shard", () => {
  it("agree exactly when flushes are lost before and after they commit, repeated, held back and reordered", async () => {
    const shard = METRICS_SHARD.getByName("windows-faults");
    let state = 20261125;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const truth = Array.from({ length: 8 }, () => 0);
    let gained: WindowDelta[] = [];
    const recorder = new Recorder(crypto.randomUUID(), undefined, () => gained.splice(0));
    const held: MetricFlush[] = [];
    const step = async (nowMs: number): Promise<void> => {
      const bin = Math.floor(random() * 8);
      truth[bin] = (truth[bin] as number) + 1;
      gained = [...gained, delta({ rows: 1, gains: [bin, 1] })];
      recorder.add("predictions_total", { model: "m", version: "v1" });
      await recorder.flush(nowMs, async (sent) => {
        const fate = random();
        if (fate < 0.2) throw new Error("lost before it committed");
        if (fate < 0.3) held.push(structuredClone(sent));
        await shard.apply(sent);
        if (fate < 0.5) throw new Error("lost after it committed");
        if (fate < 0.6) await shard.apply(sent);
      });
    };
    for (let nowMs = 0; nowMs < 120_000; nowMs += 400) await step(nowMs);
    for (const late of held.toReversed()) await shard.apply(late);
    for (let nowMs = 200_000; nowMs < 205_000; nowMs += 1_000)
      await recorder.flush(nowMs, async (sent) => void (await shard.apply(sent)));
    const [window] = await kept("windows-faults");
    expect(held.length).toBeGreaterThan(3);
    expect(window?.counts).toEqual(truth);
    expect(window?.rows).toBe(truth.reduce((sum, count) => sum + count, 0));
  });
});
