/**
 * What recording costs: `node ops/bench/recording-cost.ts [rounds]`. The same Worker with and without METRICS_SHARDS, side by side and in turn, each pair of
 * runs compared with itself; and the text of 100,000 series, against prom-client rendering as many of its own.
 */
import { Counter, Registry } from "prom-client";
import { carryForward, edgeTotals } from "../../control-plane/metrics/carry-forward.ts";
import { renderExposition } from "../../control-plane/metrics/exposition.ts";
import { seriesText } from "../../contract/series-text.ts";
import { edgeFamilies } from "../../control-plane/metrics/edge-families.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";
import { median } from "./load.ts";
import { comparePairs, measuredEdge } from "./measured-edge.ts";

const SERIES = 100_000;
const SECONDS = 5;
const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 6);

const labelsOf = (index: number): { model: string; version: string } => ({ model: `m${index % 100}`, version: `v${index}` });

await throughput();
await rendering();

async function throughput(): Promise<void> {
  const built = await buildWorker();
  const recording = await measuredEdge(() => exampleEdge(built));
  const silent = await measuredEdge(() => exampleEdge(built, undefined, { METRICS_SHARDS: "0" }));
  const pairing = { body: "one", connections: CONNECTIONS, rounds, secondsEach: SECONDS } as const;
  await comparePairs("/predict, recording and not recording", [recording, silent], pairing);
  await Promise.all([recording, silent].map(({ edge }) => edge.stop()));
}

async function rendering(): Promise<void> {
  const registry = new Registry();
  const counter = new Counter({ name: "predictions_total", help: "h", labelNames: ["model", "version"], registers: [registry] });
  for (let index = 0; index < SERIES; index++) counter.inc(labelsOf(index), index);
  const counters = Array.from({ length: SERIES }, (_, index): [string, number] => [
    seriesText("predictions_total", labelsOf(index)),
    index,
  ]);
  const reading = { schema: 2 as const, shard: 0, createdAt: "2026-01-01T00:00:00Z", counters, gauges: [], isolates: 1 };
  let state = carryForward(new Map(), [reading]);
  const ages = new Map(counters.map(([text]) => [text, -Infinity]));
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = 0; round < 12; round++) {
    theirs.push(await costOf(() => registry.metrics()));
    ours.push(
      await costOf(async () => {
        state = carryForward(state, [reading]);
        const look = { state: "answered" as const, readings: [reading], atMs: 0, durationMs: 0 };
        const families = edgeFamilies({ look, state, totals: edgeTotals(state), ages, answeredMs: 0 });
        return renderExposition(families, "prometheus").text;
      }),
    );
  }
  for (const [name, costs] of [
    ["Edgewise (carry forward and render)", ours],
    ["prom-client (render)", theirs],
  ] as const) {
    const warm = costs.slice(2);
    const heap = median(warm.map(({ heapBytes }) => heapBytes)) / 1024 ** 2;
    console.log(
      `${SERIES} series, ${name}: ${median(warm.map(({ ms }) => ms)).toFixed(0)} ms, ${heap.toFixed(0)} MiB allocated, ${warm[0]?.characters} characters`,
    );
  }
}

interface Cost {
  ms: number;
  heapBytes: number;
  characters: number;
}

/** Time and growth of the heap of one run; run with --expose-gc for the growth to mean anything. */
async function costOf(render: () => Promise<string>): Promise<Cost> {
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const startedMs = performance.now();
  const text = await render();
  return { ms: performance.now() - startedMs, heapBytes: process.memoryUsage().heapUsed - heapBefore, characters: text.length };
}
