import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { FLUSH_SCHEMA, type MetricFlush } from "../../contract/metric-flush.ts";
import type { Env } from "../env.ts";

const { METRICS_SHARD } = env as unknown as Env;
const series = 'predictions_total{model="m",version="v1"}';

const flush = (isolate: string, sequence: number, amount: number): MetricFlush => ({
  schema: FLUSH_SCHEMA,
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

  it("keeps its counters over a restart of the object", async () => {
    const isolate = crypto.randomUUID();
    await METRICS_SHARD.getByName("restart").apply(flush(isolate, 0, 7));
    await runInDurableObject(METRICS_SHARD.getByName("restart"), async (_, state) => state.storage.sync());
    const shard = METRICS_SHARD.getByName("restart");
    expect(await shard.apply(flush(isolate, 0, 7))).toBe(false);
    expect((await shard.read(0)).counters).toEqual([[series, 7]]);
  });

  it("refuses a flush with a negative, infinite or unknown field and counts nothing of it", async () => {
    const shard = METRICS_SHARD.getByName("malformed");
    const isolate = crypto.randomUUID();
    for (const broken of [
      flush(isolate, 1, -1),
      flush(isolate, 2, Infinity),
      flush(isolate, 3, NaN),
      { ...flush(isolate, 4, 1), schema: 2 } as unknown as MetricFlush,
    ]) {
      await expect(runInDurableObject(shard, (object) => object.apply(broken))).rejects.toThrow();
    }
    expect((await shard.read(0)).counters).toEqual([]);
  });
});
