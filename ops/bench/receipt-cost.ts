/**
 * What receipts cost: `node ops/bench/receipt-cost.ts [rounds]`. The same Worker with and without them, side by side and in turn, each pair of runs compared with
 * itself, for one row and for a batch; and signing against checking, a receipt each, in turn in this process.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { importReceiptKey, type ReceiptKey } from "../../contract/receipt-key.ts";
import { modelReference, readReceipt, ReceiptWriter } from "../../contract/receipt.ts";
import { buildWorker, type BuiltWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge, type ExampleEdge } from "./example-edge.ts";
import { load, median, pairedRatio, type Load } from "./load.ts";

const SECONDS = 3;
const CONNECTIONS = 16;
const RECEIPTS = 20_000;
const rounds = Number(process.argv[2] ?? 6);
const SIDES = ["with", "without"] as const;

signingAndChecking();
await throughput();

interface Run extends Load {
  /** Of the whole workerd process, which does nothing else: a loaded machine moves it far less than it moves a rate. */
  cpuMicrosPerRequest: number;
}

async function throughput(): Promise<void> {
  const built = await buildWorker();
  const edges = { with: await started(built), without: await started(built, { RECEIPT_HOURS: "0" }) };
  try {
    for (const [name, body] of [
      ["one row", "one"],
      ["1,000 rows", "batch"],
    ] as const) {
      const runs: Record<(typeof SIDES)[number], Run[]> = { with: [], without: [] };
      const run = async (side: (typeof SIDES)[number], seconds: number): Promise<Run> => {
        const { edge, processId } = edges[side];
        const before = cpuMicros(processId);
        const measured = await load(`${edge.edge.origins[0]}/predict`, edge[body], CONNECTIONS, seconds);
        const micros = (cpuMicros(processId) - before) / (measured.requestsPerSecond * seconds);
        return { ...measured, cpuMicrosPerRequest: micros };
      };
      for (const side of SIDES) await run(side, 1);
      for (let round = 0; round < rounds; round++) {
        // Reversed every other round, so that drift favours neither.
        for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) runs[side].push(await run(side, SECONDS));
      }
      const middle = (side: (typeof SIDES)[number], of: (run: Run) => number): string => median(runs[side].map(of)).toFixed(0);
      const rate = (run: Run): number => run.requestsPerSecond;
      const cpu = (run: Run): number => run.cpuMicrosPerRequest;
      const ratio = pairedRatio(runs.with, runs.without);
      const costs = runs.with.map((run, round) => run.cpuMicrosPerRequest / (runs.without[round] as Run).cpuMicrosPerRequest);
      console.log(`/predict, ${name}, ${rounds} pairs of ${SECONDS} s, with and without receipts:`);
      console.log(
        `  requests/s ${middle("with", rate)} and ${middle("without", rate)}, ratio median ${ratio.median.toFixed(3)}, from ${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)}`,
      );
      console.log(
        `  CPU of workerd a request ${middle("with", cpu)} and ${middle("without", cpu)} µs, ratio median ${median(costs).toFixed(3)}, from ${Math.min(...costs).toFixed(3)} to ${Math.max(...costs).toFixed(3)}`,
      );
    }
  } finally {
    await Promise.all(SIDES.map((side) => edges[side].edge.edge.stop()));
  }
}

/** An edge, and the workerd process that was not there before it. */
async function started(built: BuiltWorker, vars?: Record<string, string>): Promise<{ edge: ExampleEdge; processId: number }> {
  const before = new Set(children());
  const edge = await exampleEdge(built, undefined, vars);
  const [processId] = children().filter((id) => !before.has(id));
  if (processId === undefined) throw new Error("no workerd was started");
  return { edge, processId };
}

/** Linux's own account, proc(5). */
function children(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);
}

/** User and system time; a tick is 10 ms. */
function cpuMicros(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function signingAndChecking(): void {
  const key = importReceiptKey(randomBytes(32).toString("base64")) as ReceiptKey;
  const writer = new ReceiptWriter(key, randomBytes(8));
  writer.begin({ model: modelReference("pm25_predictor"), versionNumber: 2, issuedSeconds: 1_795_000_000, validHours: 720 });
  const signing: number[] = [];
  const checking: number[] = [];
  for (let round = 0; round < 24; round++) {
    const signStartedMs = performance.now();
    const written: string[] = [];
    for (let at = 0; at < RECEIPTS; at++) written.push(writer.writeValue(at / 7));
    // As /predict does: until then the texts are only promised.
    const answer = `["${written.join('","')}"]`;
    const signedMs = performance.now() - signStartedMs;
    // As /feedback gets them.
    const receipts = JSON.parse(answer) as string[];
    const checkStartedMs = performance.now();
    let good = 0;
    for (const receipt of receipts) if (readReceipt(receipt, [key]).ok) good++;
    const checkedMs = performance.now() - checkStartedMs;
    if (good !== RECEIPTS) throw new Error("a receipt was refused");
    // The first rounds are those that compile.
    if (round < 4) continue;
    signing.push((signedMs * 1000) / RECEIPTS);
    checking.push((checkedMs * 1000) / RECEIPTS);
  }
  const ratio = median(checking.map((micros, round) => micros / (signing[round] as number)));
  console.log(
    `a receipt: signing ${median(signing).toFixed(2)} µs, checking ${median(checking).toFixed(2)} µs, ratio median ${ratio.toFixed(2)}`,
  );
}
