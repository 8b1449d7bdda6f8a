import { describe, expect, it } from "vitest";
import type { ShardReading } from "../../contract/metric-flush.ts";
import { carryForward, carrySilence, edgeTotals, type EdgeState } from "./carry-forward.ts";

const series = 'predictions_total{model="m",version="v1"}';
const other = 'predictions_total{model="m",version="v2"}';
const BORN = "2026-11-23T10:00:00.000Z";
const BORN_AGAIN = "2026-11-23T11:00:00.000Z";

const says = (shard: number, value: number, createdAt = BORN): ShardReading => ({
  schema: 2,
  shard,
  createdAt,
  counters: [[series, value]],
  gauges: [["edge_wasm_memory_bytes", 100 * (shard + 1)]],
  isolates: 2,
});
const silent = (shard: number): ShardReading => ({ shard, silent: true });

function after(...looks: ShardReading[][]): EdgeState {
  return looks.reduce<EdgeState>(carryForward, new Map());
}
function totalOf(state: EdgeState, text = series): number | undefined {
  const totals = edgeTotals(state);
  return totals.state === "complete" ? totals.counters.get(text) : undefined;
}

describe("the total over shards", () => {
  it("is the sum of what each last said", () => {
    expect(totalOf(after([says(0, 3), says(1, 4)], [says(0, 5), says(1, 4)]))).toBe(9);
  });

  it("carries a silent shard's last values, and takes its new ones when it is back", () => {
    const state = after([says(0, 3), says(1, 4)], [says(0, 5), silent(1)]);
    expect(totalOf(state)).toBe(9);
    expect(state.get(1)?.isUp).toBe(false);
    expect(totalOf(carryForward(state, [says(0, 5), says(1, 8)]))).toBe(13);
  });

  it("is not there before every shard was seen once: never a part of the sum", () => {
    expect(edgeTotals(after())).toEqual({ state: "incomplete", unseen: [] });
    expect(edgeTotals(after([says(0, 3), silent(1)]))).toEqual({ state: "incomplete", unseen: [1] });
    expect(totalOf(after([says(0, 3), silent(1)], [silent(0), says(1, 4)]))).toBe(7);
  });

  it("stays when the whole edge is silent", () => {
    const state = carrySilence(after([says(0, 3), says(1, 4)]));
    expect(totalOf(state)).toBe(7);
    expect([...state.values()].map(({ isUp }) => isUp)).toEqual([false, false]);
  });

  it("goes on from where it was when a shard was wiped", () => {
    const state = after([says(0, 100), says(1, 4)], [says(0, 0, BORN_AGAIN), says(1, 4)]);
    expect(totalOf(state)).toBe(104);
    expect(totalOf(carryForward(state, [says(0, 7, BORN_AGAIN), says(1, 4)]))).toBe(111);
    expect(totalOf(carryForward(state, [says(0, 2, "2026-11-23T12:00:00.000Z"), says(1, 4)]))).toBe(106);
  });

  it("keeps a series that a wiped shard does not have any more", () => {
    const wiped: ShardReading = { ...says(0, 0, BORN_AGAIN), counters: [[other, 2]] } as ShardReading;
    const state = after([says(0, 100)], [wiped], [wiped]);
    expect([totalOf(state), totalOf(state, other)]).toEqual([100, 2]);
  });

  it("does not fall when a shard's storage was put back to an earlier point", () => {
    const state = after([says(0, 100)], [says(0, 80)]);
    expect(totalOf(state)).toBe(100);
    expect(totalOf(carryForward(state, [says(0, 85)]))).toBe(105);
  });

  it("keeps the values of a shard that the edge has no more, but not its gauges", () => {
    const state = after([says(0, 3), says(1, 4)], [says(0, 5)]);
    expect(totalOf(state)).toBe(9);
    const totals = edgeTotals(state);
    expect(totals.state === "complete" && [totals.isolates, totals.gauges.get("edge_wasm_memory_bytes")]).toEqual([2, 100]);
  });

  it("takes nothing that is not a count of ours", () => {
    const hostile = {
      ...says(0, 1),
      counters: [
        [series, 1],
        [other, -1],
        ['predictions_total{model="m"}', 5],
        ["up", 1],
        ["nonsense\n", 1],
        [`${series} 1\nup`, 1],
      ],
    } as ShardReading;
    const totals = edgeTotals(after([hostile]));
    expect(totals.state === "complete" && [...totals.counters]).toEqual([[series, 1]]);
  });

  it("began when the shard that came last began, and a wipe does not change that", () => {
    const totals = edgeTotals(after([says(0, 1), says(1, 1)], [says(0, 1, BORN_AGAIN), says(1, 1)]));
    expect(totals.state === "complete" && totals.createdAtMs).toBe(Date.parse(BORN));
  });
});

it("equals what was counted, and never falls, over random silences and wipes right after a look", () => {
  let seed = 42;
  const random = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const shards = [0, 1, 2].map(() => ({ value: 0, born: 0 }));
  let counted = 0;
  let highest = 0;
  let state: EdgeState = new Map();
  const readings = (isAnswering: (shard: number) => boolean): ShardReading[] =>
    shards.map(({ value, born }, shard) =>
      isAnswering(shard) ? says(shard, value, new Date(born).toISOString()) : silent(shard),
    );
  state = carryForward(
    state,
    readings(() => true),
  );
  for (let step = 1; step < 5_000; step++) {
    for (const shard of shards) {
      const more = Math.floor(random() * 5);
      shard.value += more;
      counted += more;
    }
    const answering = new Set([0, 1, 2].filter(() => random() < 0.7));
    state = carryForward(
      state,
      readings((shard) => answering.has(shard)),
    );
    const total = totalOf(state) ?? -1;
    expect(total).toBeGreaterThanOrEqual(highest);
    highest = total;
    for (const [index, shard] of shards.entries()) {
      if (answering.has(index) && random() < 0.05) Object.assign(shard, { value: 0, born: step });
    }
  }
  expect(
    totalOf(
      carryForward(
        state,
        readings(() => true),
      ),
    ),
  ).toBe(counted);
});
