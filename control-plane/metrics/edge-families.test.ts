import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShardReading } from "../../contract/metric-flush.ts";
import { seriesText } from "../../contract/series-text.ts";
import { carryForward, edgeTotals, type EdgeState } from "./carry-forward.ts";
import { edgeFamilies } from "./edge-families.ts";
import { placeOf } from "./edge-series.ts";
import { NO_SERIES, noteSeries, type KnownSeries } from "./known-series.ts";
import { ZERO_SHOWN_MS } from "./zero-first.ts";

const predictions = (version: string): string => seriesText("predictions_total", { model: "m", version });
const latency = (version: string): string[] =>
  ["bucket", "bucket", "bucket", "sum", "count"].map((part, index) =>
    seriesText(`version_latency_seconds_${part}`, {
      model: "m",
      version,
      ...(part === "bucket" && { le: ["0.1", "0.025", "+Inf"][index] as string }),
    }),
  );

/** What is shown after the looks, one second apart. */
function shownAfter(...looks: { counters: [string, number][]; gauges?: [string, number][] }[]): (readonly [string, number])[] {
  let state: EdgeState = new Map();
  let known: KnownSeries | undefined;
  let shown: (readonly [string, number])[] = [];
  for (const [atSeconds, { counters, gauges = [] }] of looks.entries()) {
    const readings: ShardReading[] = [{ schema: 2, shard: 0, createdAt: "2026-11-23T10:00:00Z", counters, gauges, isolates: 3 }];
    const look = { state: "answered" as const, readings, atMs: atSeconds * 1_000, durationMs: 0 };
    state = carryForward(state, readings);
    const totals = edgeTotals(state);
    if (totals.state === "complete") known = noteSeries(known, totals.counters.keys(), look.atMs);
    shown = edgeFamilies({ look, state, totals, known: known ?? NO_SERIES, answeredMs: look.atMs }).flatMap(
      ({ series }) => series,
    );
  }
  return shown.filter(([text]) => !text.startsWith("edge_shard") && !/^edge_(last_)?scrape/.test(text));
}
const values = (texts: string[]): [string, number][] => texts.map((text, index) => [text, index + 1]);

describe("the edge's families", () => {
  it("have one order, in whichever order and over however many looks the series came", () => {
    const texts = ["v1", "v2", "v10"].flatMap((version) => [predictions(version), ...latency(version)]);
    const expected = shownAfter({ counters: values(texts) }).map(([text]) => text);
    expect(expected).toHaveLength(texts.length + 1);
    const inParts = fc.tuple(fc.shuffledSubarray(texts, { minLength: texts.length }), fc.nat(texts.length), fc.nat(texts.length));
    fc.assert(
      fc.property(inParts, ([shuffled, one, other]) => {
        const all = values(shuffled);
        const looks = [all.slice(0, Math.min(one, other)), all.slice(0, Math.max(one, other)), all];
        expect(shownAfter(...looks.map((counters) => ({ counters }))).map(([text]) => text)).toEqual(expected);
      }),
      { seed: 20261126, numRuns: 200 },
    );
  });

  it("show a histogram's buckets ascending, then sum and count, whatever sorts first as text", () => {
    const [tenth, fortieth, infinite, sum, count] = latency("v1") as [string, string, string, string, string];
    const shown = shownAfter({ counters: values(latency("v1").toSorted()) }).map(([text]) => text);
    expect(shown.filter((text) => text.startsWith("version_latency"))).toEqual([fortieth, tenth, infinite, sum, count]);
  });

  it("show the newest values, each beside its own series", () => {
    const texts = ["v1", "v2", "v3"].map(predictions);
    const raised = texts.toReversed().map((text, index): [string, number] => [text, 100 + index]);
    expect(shownAfter({ counters: values(texts) }, { counters: raised }).slice(0, 3)).toEqual(raised.toReversed());
  });

  it("show a series that came later as 0 for its first six seconds, and those that were there from the start at once", () => {
    const [old, fresh] = [predictions("v1"), predictions("v2")];
    const first = { counters: [[old, 5]] as [string, number][] };
    const later = { counters: [...first.counters, [fresh, 3]] as [string, number][] };
    const seconds = ZERO_SHOWN_MS / 1_000;
    const shownFor = (looks: number): Map<string, number> =>
      new Map(shownAfter(first, ...Array.from({ length: looks }, () => later)));
    expect([
      shownFor(1).get(old),
      shownFor(1).get(fresh),
      shownFor(seconds).get(fresh),
      shownFor(seconds + 1).get(fresh),
    ]).toEqual([5, 0, 0, 3]);
  });

  it("show a gauge as of the newest look and no counter that comes as one", () => {
    const [memory, counter] = ["edge_wasm_memory_bytes", predictions("v1")];
    const looks = [10, 20].map((bytes) => ({
      counters: [[predictions("v2"), 1]] as [string, number][],
      gauges: [
        [memory, bytes],
        [counter, 7],
      ] as [string, number][],
    }));
    const shown = new Map(shownAfter(...looks));
    expect([shown.get(memory), shown.get("edge_isolates"), shown.has(counter)]).toEqual([20, 3, false]);
    expect(new Map(shownAfter(...looks, { counters: [] })).has(memory)).toBe(false);
  });
});

it("shows no series of which the totals have no value", () => {
  const look = { state: "answered" as const, readings: [], atMs: 0, durationMs: 0 };
  const totals = { state: "complete" as const, counters: new Map(), gauges: new Map(), isolates: 0, createdAtMs: undefined };
  const known = noteSeries(undefined, [predictions("v1")], 0);
  const families = edgeFamilies({ look, state: new Map(), totals, known, answeredMs: 0 });
  expect(families.find(({ name }) => name === "predictions_total")?.series).toEqual([]);
});

it("gives back the same known series when a look has nothing new, and never changes what it gave", () => {
  const first = noteSeries(undefined, [predictions("v1"), "nonsense"], 0);
  expect(noteSeries(first, [predictions("v1"), "nonsense"], 1_000)).toBe(first);
  const second = noteSeries(first, [predictions("v1"), predictions("v2"), predictions("v2")], 1_000);
  expect(first.ordered.get("predictions_total")).toHaveLength(1);
  expect(second.ordered.get("predictions_total")?.map(({ sinceMs }) => sinceMs)).toEqual([-Infinity, 1_000]);
});

it("places exactly the text that the contract writes: no other order of labels, no missing, further or wrong one", () => {
  const label = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(label, label, (model, version) => {
      const text = seriesText("predictions_total", { model, version });
      expect(placeOf(text)).toEqual({ family: "predictions_total", order: text });
    }),
    { seed: 20261126, numRuns: 100 },
  );
  for (const text of [
    'predictions_total{version="v1",model="m"}',
    'predictions_total{model="m"}',
    'predictions_total{colo="FRA",model="m",version="v1"}',
    'version_latency_seconds{model="m",version="v1"}',
    'version_latency_seconds_bucket{le="0.1234",model="m",version="v1"}',
    'version_latency_seconds_sum{le="0.1",model="m",version="v1"}',
    "toString",
  ])
    expect(placeOf(text), text).toBeUndefined();
});
