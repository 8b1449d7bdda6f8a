/**
 * An example edge together with its workerd process, and load on it with the CPU time that the process took for each request: a loaded machine moves
 * that far less than it moves a rate. Runs of two edges are compared in pairs. Linux only (proc(5)).
 */
import { readFileSync } from "node:fs";
import { load, median, pairedRatio, type Load } from "./load.ts";
import type { ExampleEdge } from "./example-edge.ts";

export interface MeasuredEdge extends ExampleEdge {
  processId: number;
}

interface MeasuredLoad extends Load {
  /** Of the whole workerd process, which does nothing else. */
  cpuMicrosPerRequest: number;
}

/** Finds the workerd process that was not there before `start`: start one edge at a time. */
export async function measuredEdge(start: () => Promise<ExampleEdge>): Promise<MeasuredEdge> {
  const before = new Set(children());
  const edge = await start();
  const [processId] = children().filter((id) => !before.has(id));
  if (processId === undefined) throw new Error("no workerd was started");
  return { ...edge, processId };
}

/** As `load` on the edge's /predict. */
async function measuredLoad(
  { edge, processId, ...bodies }: MeasuredEdge,
  body: "one" | "batch",
  connections: number,
  seconds: number,
): Promise<MeasuredLoad> {
  const before = cpuMicros(processId);
  const measured = await load(`${edge.origins[0]}/predict`, bodies[body], connections, seconds);
  return { ...measured, cpuMicrosPerRequest: (cpuMicros(processId) - before) / (measured.requestsPerSecond * seconds) };
}

export interface Pairing {
  body: "one" | "batch";
  connections: number;
  /** Pairs that count; one run of each edge before them does not. */
  rounds: number;
  secondsEach: number;
}

/** Runs two edges in turn, in the other order every other round, so that drift of the machine favours neither, and prints them under `title`. */
export async function comparePairs(
  title: string,
  [first, second]: readonly [MeasuredEdge, MeasuredEdge],
  { body, connections, rounds, secondsEach }: Pairing,
): Promise<void> {
  const runs = new Map<MeasuredEdge, MeasuredLoad[]>([
    [first, []],
    [second, []],
  ]);
  const run = (edge: MeasuredEdge): Promise<MeasuredLoad> => measuredLoad(edge, body, connections, secondsEach);
  for (const edge of runs.keys()) await run(edge);
  for (let round = 0; round < rounds; round++) {
    for (const edge of round % 2 === 0 ? [first, second] : [second, first]) runs.get(edge)?.push(await run(edge));
  }
  console.log(`${title}, ${rounds} pairs of ${secondsEach} s:`);
  for (const line of pairedLines(runs.get(first) ?? [], runs.get(second) ?? [])) console.log(line);
}

// --- Not exported ---

/** Two lines: rates and CPU time of both, and the median ratio of the pairs with its range. */
function pairedLines(a: readonly MeasuredLoad[], b: readonly MeasuredLoad[]): string[] {
  const rates = pairedRatio(a, b);
  const ratios = a.map((run, round) => run.cpuMicrosPerRequest / (b[round] as MeasuredLoad).cpuMicrosPerRequest);
  const rate = (runs: readonly MeasuredLoad[]): string => median(runs.map((run) => run.requestsPerSecond)).toFixed(0);
  const cpu = (runs: readonly MeasuredLoad[]): string => median(runs.map((run) => run.cpuMicrosPerRequest)).toFixed(0);
  return [
    `  requests/s ${rate(a)} and ${rate(b)}, ratio median ${rates.median.toFixed(3)}, from ${rates.min.toFixed(3)} to ${rates.max.toFixed(3)}`,
    `  CPU of workerd a request ${cpu(a)} and ${cpu(b)} µs, ratio median ${median(ratios).toFixed(3)}, from ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
  ];
}

function children(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);
}

/** User and system time; a tick is 10 ms. */
function cpuMicros(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
