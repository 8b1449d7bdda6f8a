/**
 * What counting for drift costs: `node ops/bench/drift-cost.ts [rounds] [seconds]`. The same Worker and model with and without a reference in the manifest, side by side
 * and in turn, each pair of runs compared with itself; one row a request, and a batch of 1,000.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { driftReference } from "../../contract/drift-reference.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";
import { measuredEdge, measuredLoad, pairedLines, type MeasuredEdge, type MeasuredLoad } from "./measured-edge.ts";

const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 6);
const seconds = Number(process.argv[3] ?? 4);
const SIDES = ["counting", "not counting"] as const;
type Side = (typeof SIDES)[number];

const built = await buildWorker();
const file = join(import.meta.dirname, "../../examples/pm25/reference-v2.json");
const reference = driftReference.parse(JSON.parse(readFileSync(file, "utf8")));
const edges: Record<Side, MeasuredEdge> = {
  counting: await measuredEdge(() => exampleEdge(built, undefined, {}, { reference })),
  "not counting": await measuredEdge(() => exampleEdge(built)),
};
for (const body of ["one", "batch"] as const) await compare(body);
await Promise.all(SIDES.map((side) => edges[side].edge.stop()));

async function compare(body: "one" | "batch"): Promise<void> {
  const runs: Record<Side, MeasuredLoad[]> = { counting: [], "not counting": [] };
  const run = (side: Side): Promise<MeasuredLoad> => measuredLoad(edges[side], body, CONNECTIONS, seconds);
  for (const side of SIDES) await run(side);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) runs[side].push(await run(side));
  }
  console.log(`/predict, ${body}, ${rounds} pairs of ${seconds} s, counting and not:`);
  for (const line of pairedLines(runs.counting, runs["not counting"])) console.log(line);
}
