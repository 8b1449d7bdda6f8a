/**
 * What counting for drift costs: `node ops/bench/drift-cost.ts [rounds] [seconds]`. The same Worker and model with and without a reference in the manifest, side by side
 * and in turn, each pair of runs compared with itself; one row a request, and a batch of 1,000.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { driftReference } from "../../contract/drift-reference.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";
import { comparePairs, measuredEdge } from "./measured-edge.ts";

const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 6);
const seconds = Number(process.argv[3] ?? 4);

const built = await buildWorker();
const file = join(import.meta.dirname, "../../examples/pm25/reference-v2.json");
const reference = driftReference.parse(JSON.parse(readFileSync(file, "utf8")));
const counting = await measuredEdge(() => exampleEdge(built, undefined, {}, { reference }));
const notCounting = await measuredEdge(() => exampleEdge(built));
for (const body of ["one", "batch"] as const) {
  const pairing = { body, connections: CONNECTIONS, rounds, secondsEach: seconds };
  await comparePairs(`/predict, ${body}, counting and not`, [counting, notCounting], pairing);
}
await Promise.all([counting, notCounting].map(({ edge }) => edge.stop()));
