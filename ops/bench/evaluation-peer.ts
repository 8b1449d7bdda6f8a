/** The peer of `npm run bench:evaluation`: RMSE of v2 and v1 on a CSV file by onnxruntime-node on one thread. `node evaluation-peer.ts FILE` prints both. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";
import { InferenceSession, Tensor } from "onnxruntime-node";

const BATCH = 2048;
const FEATURES = 12;
const sessions = await Promise.all(
  ["v2", "v1"].map((version) =>
    InferenceSession.create(join(import.meta.dirname, `../../examples/pm25/pm25-${version}.onnx`), { intraOpNumThreads: 1 }),
  ),
);
const squared = sessions.map(() => 0);
let counted = 0;
let batch: number[][] = [];

async function score(): Promise<void> {
  const features = new Float32Array(batch.flatMap((row) => row.slice(0, FEATURES)));
  for (const [index, session] of sessions.entries()) {
    const outputs = await session.run({ features: new Tensor("float32", features, [batch.length, FEATURES]) });
    const predicted = Object.values(outputs)[0]?.data as Float32Array;
    for (const [row, value] of predicted.entries())
      squared[index] = (squared[index] ?? 0) + (value - (batch[row]?.[FEATURES] ?? NaN)) ** 2;
  }
  counted += batch.length;
  batch = [];
}

for await (const cells of createReadStream(process.argv[2] as string).pipe(parse({ from: 2 })) as AsyncIterable<string[]>) {
  if (cells[FEATURES] === "NA") continue;
  batch.push(cells.slice(0, FEATURES + 1).map((cell) => (cell === "NA" ? NaN : Number(cell))));
  if (batch.length === BATCH) await score();
}
await score();
console.log(squared.map((sum) => Math.sqrt(sum / counted).toFixed(3)).join(" "));
