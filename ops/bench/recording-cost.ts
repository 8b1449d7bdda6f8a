/**
 * What recording costs: `node ops/bench/recording-cost.ts [rounds]`. The same Worker with and without METRICS_SHARDS, side by side and in turn, each pair of
 * runs compared with itself. What /metrics costs: rendering-cost.ts.
 */
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";
import { comparePairs, measuredEdge } from "./measured-edge.ts";

const SECONDS = 5;
const CONNECTIONS = 16;
const rounds = Number(process.argv[2] ?? 6);

const built = await buildWorker();
const recording = await measuredEdge(() => exampleEdge(built));
const silent = await measuredEdge(() => exampleEdge(built, undefined, { METRICS_SHARDS: "0" }));
const pairing = { body: "one", connections: CONNECTIONS, rounds, secondsEach: SECONDS } as const;
await comparePairs("/predict, recording and not recording", [recording, silent], pairing);
await Promise.all([recording, silent].map(({ edge }) => edge.stop()));
