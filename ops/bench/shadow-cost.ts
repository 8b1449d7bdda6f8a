/**
 * What a shadow costs the callers: `node ops/bench/shadow-cost.ts [rounds]`. The same Worker and model with and without a shadow (the same model once more), side by
 * side and in turn, as fast as answers come and at a third of that rate; and the share of answers that the shadow was scored on.
 */
import { edgeMetricsAnswer } from "../../contract/metric-flush.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge, type ExampleEdge } from "./example-edge.ts";
import { load, median, pairedRatio, type Load } from "./load.ts";

const SECONDS = 4;
const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 5);

const built = await buildWorker();
const sides = { with: await exampleEdge(built, undefined, {}, { isShadowed: true }), without: await exampleEdge(built) };
await compare("as fast as answers come", undefined);
const fastest = await measure(sides.without, undefined);
await compare("at a third of that rate", Math.round(fastest.requestsPerSecond / 3));
await Promise.all([sides.with.edge.stop(), sides.without.edge.stop()]);

function measure({ edge, one }: ExampleEdge, rate: number | undefined): Promise<Load> {
  return load(`${edge.origins[0]}/predict`, one, CONNECTIONS, SECONDS, rate);
}

async function compare(name: string, rate: number | undefined): Promise<void> {
  const runs: Record<keyof typeof sides, Load[]> = { with: [], without: [] };
  for (const side of ["with", "without"] as const) await measure(sides[side], rate);
  const before = await shadowed(sides.with);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const)) {
      runs[side].push(await measure(sides[side], rate));
    }
  }
  const after = await shadowed(sides.with);
  const ratio = pairedRatio(runs.with, runs.without);
  const of = (side: keyof typeof runs, figure: keyof Load): string => median(runs[side].map((run) => run[figure])).toFixed(1);
  console.log(`/predict ${name}, ${rounds} pairs of ${SECONDS} s: with a shadow / without it`);
  console.log(`  requests/s ${of("with", "requestsPerSecond")} / ${of("without", "requestsPerSecond")}`);
  console.log(`  ratio median ${ratio.median.toFixed(3)}, from ${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)}`);
  console.log(
    `  p50 ${of("with", "p50Ms")} / ${of("without", "p50Ms")} ms, p99 ${of("with", "p99Ms")} / ${of("without", "p99Ms")} ms`,
  );
  const scored = after.scored - before.scored;
  console.log(
    `  scored on the shadow: ${((100 * scored) / (scored + after.skipped - before.skipped)).toFixed(1)} % of the answers`,
  );
}

async function shadowed({ edge }: ExampleEdge): Promise<{ scored: number; skipped: number }> {
  // The last counts are on their way for a second.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const response = await fetch(`${edge.origins[0]}/internal/metrics`, {
    headers: { authorization: "Bearer token-of-the-benchmark" },
  });
  const counts = { scored: 0, skipped: 0 };
  for (const shard of edgeMetricsAnswer.parse(await response.json()).shards) {
    if ("silent" in shard) continue;
    for (const [series, value] of shard.counters) {
      if (series.startsWith("shadow_requests_total")) counts[series.includes('outcome="scored"') ? "scored" : "skipped"] += value;
    }
  }
  return counts;
}
