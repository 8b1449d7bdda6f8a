/**
 * What counting for drift costs: `node ops/bench/drift-cost.ts [rounds] [seconds]`. The same Worker and model with and without a reference in the manifest, side by side
 * and in turn, each pair of runs compared with itself; one row a request, and a batch of 1,000.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { driftReference } from "../../contract/drift-reference.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge, type ExampleEdge } from "./example-edge.ts";
import { load, median, pairedRatio, type Load } from "./load.ts";

const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 6);
const seconds = Number(process.argv[3] ?? 4);
const SIDES = ["counting", "not counting"] as const;
type Side = (typeof SIDES)[number];

const built = await buildWorker();
const file = join(import.meta.dirname, "../../examples/pm25/reference-v2.json");
const reference = driftReference.parse(JSON.parse(readFileSync(file, "utf8")));
const edges: Record<Side, ExampleEdge> = {
  counting: await exampleEdge(built, undefined, {}, { reference }),
  "not counting": await exampleEdge(built),
};
for (const body of ["one", "batch"] as const) await compare(body);
await Promise.all(SIDES.map((side) => edges[side].edge.stop()));

async function compare(body: "one" | "batch"): Promise<void> {
  const runs: Record<Side, Load[]> = { counting: [], "not counting": [] };
  const run = async (side: Side): Promise<Load> => {
    const { edge } = edges[side];
    return load(`${edge.origins[0]}/predict`, edges[side][body], CONNECTIONS, seconds);
  };
  for (const side of SIDES) await run(side);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) runs[side].push(await run(side));
  }
  const rate = (side: Side): string => median(runs[side].map(({ requestsPerSecond }) => requestsPerSecond)).toFixed(0);
  const ratio = pairedRatio(runs.counting, runs["not counting"]);
  console.log(
    `/predict, ${body}, ${rounds} pairs of ${seconds} s: counting ${rate("counting")} requests/s, not ${rate("not counting")} requests/s,`,
  );
  console.log(`  ratio median ${ratio.median.toFixed(3)}, from ${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)}`);
}
