/**
 * What receipts cost: `node ops/bench/receipt-cost.ts [rounds]`. The same Worker with and without them, side by side and in turn, each pair of runs compared with
 * itself, for one row and for a batch; and signing against checking, a receipt each, in turn in this process.
 */
import { randomBytes } from "node:crypto";
import { importReceiptKey, type ReceiptKey } from "../../contract/receipt-key.ts";
import { modelReference, readReceipt, ReceiptWriter } from "../../contract/receipt.ts";
import { buildWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";
import { median } from "./load.ts";
import { comparePairs, measuredEdge } from "./measured-edge.ts";

const SECONDS = 3;
const CONNECTIONS = 16;
const RECEIPTS = 20_000;
const rounds = Number(process.argv[2] ?? 6);

signingAndChecking();
await throughput();

async function throughput(): Promise<void> {
  const built = await buildWorker();
  const withReceipts = await measuredEdge(() => exampleEdge(built));
  const without = await measuredEdge(() => exampleEdge(built, undefined, { RECEIPT_HOURS: "0" }));
  try {
    for (const [name, body] of [
      ["one row", "one"],
      ["1,000 rows", "batch"],
    ] as const) {
      const pairing = { body, connections: CONNECTIONS, rounds, secondsEach: SECONDS };
      await comparePairs(`/predict, ${name}, with and without receipts`, [withReceipts, without], pairing);
    }
  } finally {
    await Promise.all([withReceipts, without].map(({ edge }) => edge.stop()));
  }
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
