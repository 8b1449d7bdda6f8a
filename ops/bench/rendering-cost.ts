/**
 * What rendering costs: `node --expose-gc ops/bench/rendering-cost.ts [rounds]`. The text of 100,000 series by /metrics, from what the shards answered to the
 * exposition, against prom-client rendering as many of its own, in one process and in turn. Every value has risen since the round before, and every text is a
 * new string, as it is when it comes from the edge. Reading the edge's answer and keeping edge-counts.json are not in it: prom-client has no like of them.
 */
import { GCProfiler } from "node:v8";
import { Counter, Registry } from "prom-client";
import type { ShardReading } from "../../contract/metric-flush.ts";
import { seriesText } from "../../contract/series-text.ts";
import { carryForward, edgeTotals, type EdgeState } from "../../control-plane/metrics/carry-forward.ts";
import { edgeFamilies } from "../../control-plane/metrics/edge-families.ts";
import { renderExposition } from "../../control-plane/metrics/exposition.ts";
import { NO_SERIES, noteSeries, type KnownSeries } from "../../control-plane/metrics/known-series.ts";
import { median } from "./load.ts";

const SERIES = 100_000;
/** As many as hold the series: a shard keeps 10,000. */
const SHARDS = 10;
const SCRAPE_MS = 5_000;
const rounds = Number(process.argv[2] ?? 30);

interface Cost {
  ms: number;
  allocatedMiB: number;
  characters: number;
}

const labelsOf = (index: number): { model: string; version: string } => ({ model: `m${index % 100}`, version: `v${index}` });
const collect = globalThis.gc;
if (!collect) throw new Error("run it with --expose-gc: garbage of the one must not be collected in the time of the other");

const heapMiB = (): number => process.memoryUsage().heapUsed / 1024 ** 2;

async function costOf(render: () => Promise<string>): Promise<Cost> {
  collect?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = heapMiB();
  const startedMs = performance.now();
  const text = await render();
  const ms = performance.now() - startedMs;
  const grown = heapMiB() - before;
  const collected = profiler
    .stop()
    .statistics.map(({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize)
    .reduce((sum, bytes) => sum + bytes, 0);
  return { ms, allocatedMiB: grown + collected / 1024 ** 2, characters: text.length };
}

collect();
const empty = heapMiB();
const registry = new Registry();
const counter = new Counter({ name: "predictions_total", help: "h", labelNames: ["model", "version"], registers: [registry] });
for (let index = 0; index < SERIES; index++) counter.inc(labelsOf(index), index);
collect();
const theirsKept = heapMiB() - empty;

const texts = Array.from({ length: SERIES }, (_, index) => seriesText("predictions_total", labelsOf(index)));
let state: EdgeState = new Map();
let known: KnownSeries | undefined;

/** What the shards answer in a round, fresh from its JSON. */
function answer(round: number): ShardReading[] {
  const shards = Array.from({ length: SHARDS }, (_, shard) => ({
    schema: 2,
    shard,
    createdAt: "2026-01-01T00:00:00Z",
    counters: texts.flatMap((text, index) => (index % SHARDS === shard ? [[text, index + round]] : [])),
    gauges: [],
    isolates: 1,
  }));
  return JSON.parse(JSON.stringify(shards)) as ShardReading[];
}

function exposed(readings: ShardReading[], atMs: number): string {
  state = carryForward(state, readings);
  const totals = edgeTotals(state);
  if (totals.state === "complete") known = noteSeries(known, totals.counters.keys(), atMs);
  const look = { state: "answered" as const, readings, atMs, durationMs: 0 };
  const families = edgeFamilies({ look, state, totals, known: known ?? NO_SERIES, answeredMs: atMs });
  return renderExposition(families, "prometheus").text;
}

const ours: Cost[] = [];
const theirs: Cost[] = [];
for (let round = 0; round < rounds; round++) {
  const readings = answer(round);
  if (round > 0) for (let index = 0; index < SERIES; index++) counter.inc(labelsOf(index), 1);
  const turns = [
    async () => ours.push(await costOf(async () => exposed(readings, round * SCRAPE_MS))),
    async () => theirs.push(await costOf(() => registry.metrics())),
  ];
  for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
}
collect();
const withState = heapMiB();
state = new Map();
known = undefined;
collect();
const oursKept = withState - heapMiB();

const WARM_FROM = 2;
for (const [name, costs, kept] of [
  ["Edgewise (carry forward and render)", ours, oursKept],
  ["prom-client (render)", theirs, theirsKept],
] as const) {
  const warm = costs.slice(WARM_FROM);
  const ms = warm.map((cost) => cost.ms).toSorted((a, b) => a - b);
  console.log(
    `${SERIES} series, ${name}: first ${costs[0]?.ms.toFixed(0)} ms; then ${median(ms).toFixed(0)} ms (${ms[0]?.toFixed(0)} to ${ms.at(-1)?.toFixed(0)}), ` +
      `${median(warm.map(({ allocatedMiB }) => allocatedMiB)).toFixed(1)} MiB allocated; ${kept.toFixed(1)} MiB kept between; ${warm[0]?.characters} characters`,
  );
}
const ratios = ours.map(({ ms }, round) => ms / (theirs[round] as Cost).ms);
console.log(
  `time, Edgewise / prom-client: first ${ratios[0]?.toFixed(2)}, then ${median(ratios.slice(WARM_FROM)).toFixed(2)} (median of ${rounds - WARM_FROM} rounds)`,
);
