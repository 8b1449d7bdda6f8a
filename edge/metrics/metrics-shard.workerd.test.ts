import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { METRIC_SERIES_PER_SHARD_MAX } from "../../contract/limits.ts";
import type { CurrentFlush, MetricFlush } from "../../contract/metric-flush.ts";
import type { Env } from "../env.ts";
import { Recorder } from "./recorder.ts";

const { METRICS_SHARD } = env as unknown as Env;
const series = 'predictions_total{model="m",version="v1"}';

const flush = (isolate: string, sequence: number, amount: number): CurrentFlush => ({
  schema: 3,
  isolate,
  sequence,
  counters: [[series, amount]],
  gauges: [],
  windows: [],
});
const oldFlush = (isolate: string, sequence: number, amount: number): MetricFlush => ({
  schema: 1,
  isolate,
  sequence,
  counters: [[series, amount]],
});

describe("MetricsShard", () => {
  it("applies each flush once, whatever order and however often it comes", async () => {
    const shard = METRICS_SHARD.getByName("once");
    const isolates = [crypto.randomUUID(), crypto.randomUUID()];
    const flushes = isolates.flatMap((isolate) =>
      Array.from({ length: 20 }, (_, sequence) => flush(isolate, sequence, sequence + 1)),
    );
    // Each sent three times, from the last to the first: a late one must count as much as a timely one.
    for (const sent of [...flushes, ...flushes, ...flushes].toReversed()) await shard.apply(sent);
    const { counters, isolates: count } = await shard.read(0);
    expect(counters).toEqual([[series, 2 * 210]]);
    expect(count).toBe(2);
  });

  it("remembers an isolate's flushes in one row once no gap is left", async () => {
    const shard = METRICS_SHARD.getByName("compact");
    const isolate = crypto.randomUUID();
    for (const sequence of [0, 1, 3, 4, 6]) await shard.apply(flush(isolate, sequence, 1));
    const kept = () =>
      runInDurableObject(shard, (_, { storage }) =>
        storage.sql
          .exec("SELECT sequence FROM applied")
          .toArray()
          .map((row) => row["sequence"]),
      );
    expect(await kept()).toEqual([3, 4, 6]);
    await shard.apply(flush(isolate, 2, 1));
    expect(await kept()).toEqual([6]);
    for (const sequence of [0, 1, 2, 3, 4, 6]) expect(await shard.apply(flush(isolate, sequence, 1))).toBe("repeated");
    expect((await shard.read(0)).counters).toEqual([[series, 6]]);
  });

  it("keeps its counters over a restart of the object", async () => {
    const isolate = crypto.randomUUID();
    await METRICS_SHARD.getByName("restart").apply(flush(isolate, 0, 7));
    await evictDurableObject(METRICS_SHARD.getByName("restart"));
    const shard = METRICS_SHARD.getByName("restart");
    expect(await shard.apply(flush(isolate, 0, 7))).toBe("repeated");
    expect((await shard.read(0)).counters).toEqual([[series, 7]]);
  });

  it("refuses a flush with a negative, infinite or unknown field and counts nothing of it", async () => {
    const shard = METRICS_SHARD.getByName("malformed");
    const isolate = crypto.randomUUID();
    for (const broken of [
      flush(isolate, 1, -1),
      flush(isolate, 2, Infinity),
      flush(isolate, 3, NaN),
      { ...flush(isolate, 4, 1), also: 1 } as unknown as MetricFlush,
      { ...flush(isolate, 5, 1), gauges: [["edge_wasm_memory_bytes", NaN]] } as MetricFlush,
      { ...oldFlush(isolate, 6, 1), gauges: [] } as unknown as MetricFlush,
      { ...flush(isolate, 7, 1), schema: "3" } as unknown as MetricFlush,
    ]) {
      await expect(runInDurableObject(shard, (object) => object.apply(broken))).rejects.toThrow();
    }
    expect((await shard.read(0)).counters).toEqual([]);
    expect(await shard.apply(flush(isolate, 1, 1))).toBe("applied");
  });

  it("adds up isolates of all schemas side by side", async () => {
    const shard = METRICS_SHARD.getByName("schemas");
    const [old, second, current] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    for (let sequence = 0; sequence < 5; sequence++) {
      expect(await shard.apply(oldFlush(old, sequence, 1))).toBe("applied");
      const { windows: _, ...withoutWindows } = flush(second, sequence, 100);
      expect(await shard.apply({ ...withoutWindows, schema: 2 })).toBe("applied");
      expect(await shard.apply(flush(current, sequence, 10))).toBe("applied");
      expect(await shard.apply(oldFlush(old, sequence, 1))).toBe("repeated");
    }
    expect((await shard.read(0)).counters).toEqual([[series, 555]]);
  });

  it("counts on where the first Worker's shard left off, and applies none of its flushes again", async () => {
    const shard = METRICS_SHARD.getByName("earlier-tables");
    const isolate = crypto.randomUUID();
    await shard.read(0);
    await runInDurableObject(shard, (_, { storage: { sql } }) => {
      sql.exec("DROP INDEX applied_by_time; DROP TABLE isolate; DROP TABLE gauge; DROP TABLE parked");
      sql.exec("INSERT INTO counter VALUES (?, 3)", series);
      for (const sequence of [0, 1, 2]) sql.exec("INSERT INTO applied VALUES (?, ?, ?)", isolate, sequence, Date.now());
    });
    await evictDurableObject(shard);
    const reopened = METRICS_SHARD.getByName("earlier-tables");
    for (const sequence of [0, 2, 3]) await reopened.apply(oldFlush(isolate, sequence, 1));
    expect(await reopened.apply(oldFlush(isolate, 1, 1))).toBe("repeated");
    expect((await reopened.read(0)).counters).toEqual([[series, 4]]);
  });

  it("parks a flush of a schema that it does not know, and counts it once", async () => {
    const shard = METRICS_SHARD.getByName("parked");
    const isolate = crypto.randomUUID();
    const later = { schema: 4, isolate, sequence: 0, sketches: [[series, "…"]] } as unknown as MetricFlush;
    expect(await shard.apply(later)).toBe("parked");
    expect(await shard.apply(later)).toBe("repeated");
    expect(await shard.apply(flush(crypto.randomUUID(), 0, 2))).toBe("applied");
    expect((await shard.read(0)).counters).toEqual([
      ['metrics_flushes_total{outcome="parked"}', 1],
      [series, 2],
    ]);
    const kept = await runInDurableObject(shard, (_, { storage }) =>
      storage.sql.exec("SELECT schema, flush FROM parked").toArray(),
    );
    expect(kept.map((row) => [row["schema"], JSON.parse(row["flush"] as string)])).toEqual([[4, later]]);
  });

  it("adds what was parked as of when it came: its counters, and no gauge of an isolate that is long gone", async () => {
    const shard = METRICS_SHARD.getByName("parked-gauges");
    const [old, recent] = [crypto.randomUUID(), crypto.randomUUID()];
    await shard.read(0);
    await runInDurableObject(shard, (_, { storage: { sql } }) => {
      const park = (isolate: string, sequence: number, value: number, ageMs: number): void => {
        const parked = { ...flush(isolate, sequence, 1), gauges: [["edge_wasm_memory_bytes", value]] };
        sql.exec("INSERT INTO parked VALUES (?, ?, 2, ?, ?)", isolate, sequence, JSON.stringify(parked), Date.now() - ageMs);
      };
      for (const sequence of [0, 1, 2]) park(old, sequence, 900, 3_600_000);
      park(recent, 0, 70, 1_000);
    });
    await evictDurableObject(shard);
    const { counters, gauges, isolates } = await METRICS_SHARD.getByName("parked-gauges").read(0);
    expect(counters).toEqual([[series, 4]]);
    expect(gauges).toEqual([["edge_wasm_memory_bytes", 70]]);
    expect(isolates).toBe(1);
  });

  it("tells the largest gauge, and lets no late flush put an older value over a newer one", async () => {
    const shard = METRICS_SHARD.getByName("gauges");
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    const measured = (isolate: string, sequence: number, value: number): MetricFlush => ({
      ...flush(isolate, sequence, 1),
      gauges: [["edge_wasm_memory_bytes", value]],
    });
    await shard.apply(measured(a, 1, 100));
    await shard.apply(measured(b, 0, 70));
    expect((await shard.read(0)).gauges).toEqual([["edge_wasm_memory_bytes", 100]]);
    await shard.apply(measured(a, 2, 60));
    await shard.apply(measured(a, 0, 900));
    expect((await shard.read(0)).gauges).toEqual([["edge_wasm_memory_bytes", 70]]);
  });

  it("stays within its limit of series, and counts the increments that it dropped", async () => {
    const shard = METRICS_SHARD.getByName("flood");
    const isolate = crypto.randomUUID();
    const flood = (sequence: number): MetricFlush => ({
      ...flush(isolate, sequence, 1),
      counters: Array.from({ length: 4_000 }, (_, index) => [
        `predictions_total{model="m",version="v${sequence * 4_000 + index}"}`,
        1,
      ]),
    });
    for (let sequence = 0; sequence < 25; sequence++) await shard.apply(flood(sequence));
    const counters = (await shard.read(0)).counters as [string, number][];
    expect(counters.length).toBeLessThanOrEqual(METRIC_SERIES_PER_SHARD_MAX);
    expect(counters.reduce((sum, [, value]) => sum + value, 0)).toBe(100_000);
    expect(counters.find(([text]) => text === "metrics_series_dropped_total")?.[1]).toBeGreaterThan(90_000);
  });
});

describe("a recorder and its shard", () => {
  it("agree exactly when flushes are lost before and after they commit, repeated, held back and reordered", async () => {
    const shard = METRICS_SHARD.getByName("faults");
    let state = 20261123;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const recorder = new Recorder(crypto.randomUUID());
    const held: CurrentFlush[] = [];
    let [counted, observed] = [0, 0];
    for (let nowMs = 0; nowMs < 300_000; nowMs += 400) {
      recorder.add("predictions_total", { model: "m", version: "v1" }, 3);
      recorder.observe("request_latency_seconds", {}, random());
      counted += 3;
      observed += 1;
      await recorder.flush(nowMs, async (sent) => {
        const fate = random();
        if (fate < 0.2) throw new Error("lost before it committed");
        if (fate < 0.3) held.push(structuredClone(sent));
        await shard.apply(sent);
        if (fate < 0.5) throw new Error("lost after it committed");
        if (fate < 0.6) await shard.apply(sent);
      });
    }
    for (const late of held.toReversed()) await shard.apply(late);
    recorder.add("predictions_total", { model: "m", version: "v1" }, 1);
    for (let nowMs = 400_000; nowMs < 405_000; nowMs += 1_000)
      await recorder.flush(nowMs, async (sent) => void (await shard.apply(sent)));
    const told = new Map((await shard.read(0)).counters as [string, number][]);
    expect(held.length).toBeGreaterThan(5);
    expect(told.get(series)).toBe(counted + 1);
    expect(told.get("request_latency_seconds_count")).toBe(observed);
    expect(told.get('request_latency_seconds_bucket{le="+Inf"}')).toBe(observed);
    const buckets = [...told].filter(([text]) => text.startsWith("request_latency_seconds_bucket"));
    expect(buckets).toHaveLength(15);
    expect(told.get('metrics_flushes_total{outcome="retried"}')).toBeGreaterThan(20);
  });
});
