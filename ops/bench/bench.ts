/**
 * `npm run bench`: the edge against its peers in one run. Every figure that counts is a ratio of two servers measured in turn; seconds are
 * printed for the reader and belong to the machine. Nothing here passes or fails.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { coldStarts } from "./cold-start.ts";
import { exampleEdge } from "./example-edge.ts";
import { load, median, pairedRatio, type Load } from "./load.ts";
import { emptyWorker, fastApi, nodeServer, type Peer } from "./peers.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 7);
const SECONDS = 3;
const CONNECTIONS = 16;
const XGBOOST_MODEL = join(import.meta.dirname, "../../../shared/models/pm25/pm25-v2.xgb.json");

const built = await buildWorker();
console.log(`${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}; ${built.report}`);
console.log(`${ROUNDS} rounds of ${SECONDS} s per server in turn, ${CONNECTIONS} connections; medians, ratios paired by round\n`);

const { edge, one, batch } = await exampleEdge(built);
process.env["PM25_XGBOOST_MODEL"] = XGBOOST_MODEL;
const pythons = existsSync(XGBOOST_MODEL)
  ? (await Promise.all([fastApi("lean"), fastApi("usual")])).filter((peer) => peer !== undefined)
  : [];
const empty = await emptyWorker();
const node = await nodeServer();
const us: Peer = { name: "edge", url: `${edge.origins[0]}/predict`, stop: () => edge.stop() };
if (pythons.length < 2)
  console.log(
    "FastAPI + XGBoost: not measured, or not in both ways (python3-fastapi, uvicorn, python3-xgboost, python3-pandas or ../shared are not here)\n",
  );

try {
  await compare("one row by feature name", one, us, [
    { peer: empty, target: 0.6 },
    // What any Worker pays that takes a body at all.
    { peer: { ...empty, name: "the same, reading the body", url: empty.url.replace("/predict", "/read") }, target: undefined },
    { peer: node, target: undefined },
    ...pythons.map((peer) => ({ peer, target: 8 })),
  ]);
  await compare("batch of 1,000 rows", batch, us, [
    { peer: node, target: 0.8 },
    ...pythons.map((peer) => ({ peer, target: undefined })),
  ]);
} finally {
  await Promise.all([us, empty, node, ...pythons].map((peer) => peer.stop()));
}

console.log("cold start of a fresh workerd, from the caller's side (ms, median of 5)");
for (const [part, timesMs] of Object.entries(await coldStarts(built, 5))) {
  console.log(
    `  ${part.padEnd(58)} ${median(timesMs).toFixed(0).padStart(6)}   (${Math.min(...timesMs).toFixed(0)} to ${Math.max(...timesMs).toFixed(0)})`,
  );
}

async function compare(
  name: string,
  body: string,
  ours: Peer,
  others: { peer: Peer; target: number | undefined }[],
): Promise<void> {
  const peers = [ours, ...others.map(({ peer }) => peer)];
  const runs = new Map<Peer, Load[]>(peers.map((peer) => [peer, []]));
  for (const { url } of peers) await load(url, body, CONNECTIONS, 1);
  for (let round = 0; round < ROUNDS; round++) {
    // Reversed every other round, so that neither neighbour nor drift favours a place in the order.
    for (const peer of round % 2 === 0 ? peers : peers.toReversed())
      runs.get(peer)?.push(await load(peer.url, body, CONNECTIONS, SECONDS));
  }
  console.log(name);
  console.log(
    `  ${"server".padEnd(32)} ${"requests/s".padStart(10)} ${"p50 ms".padStart(8)} ${"p99 ms".padStart(8)}   edge / this one`,
  );
  const our = runs.get(ours) ?? [];
  for (const peer of peers) {
    const measured = runs.get(peer) ?? [];
    const figures = (pick: (run: Load) => number, digits: number, width: number): string =>
      median(measured.map(pick)).toFixed(digits).padStart(width);
    const target = others.find((other) => other.peer === peer)?.target;
    const ratio = pairedRatio(our, measured);
    const verdict = target === undefined ? "" : `, to reach ${target}: ${ratio.median >= target ? "reached" : "NOT reached"}`;
    const comparison =
      peer === ours ? "" : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})${verdict}`;
    console.log(
      `  ${peer.name.padEnd(32)} ${figures((run) => run.requestsPerSecond, 0, 10)} ${figures((run) => run.p50Ms, 0, 8)} ${figures((run) => run.p99Ms, 0, 8)}   ${comparison}`,
    );
  }
  console.log("");
}
