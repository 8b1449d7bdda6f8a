/** Cold start of a fresh workerd with the release already in KV and R2, in parts, as a caller sees them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuiltWorker } from "../direct-edge/direct-edge.ts";
import { exampleEdge } from "./example-edge.ts";

type Parts = Record<string, number[]>;

export async function coldStarts(built: BuiltWorker, times: number): Promise<Parts> {
  const parts: Parts = {};
  for (let turn = 0; turn < times; turn++) {
    const directory = await mkdtemp(join(tmpdir(), "edgewise-cold-"));
    const { edge, one } = await exampleEdge(built, directory);
    const [origin] = edge.origins;
    const timed = async (part: string, call: () => Promise<Response>): Promise<void> => {
      const startMs = performance.now();
      const response = await call();
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${part}: ${response.status}`);
      (parts[part] ??= []).push(performance.now() - startMs);
    };
    const predict = (): Promise<Response> => fetch(`${origin}/predict`, { method: "POST", body: one });
    await timed("first answer of any kind: the script is evaluated", () => fetch(`${origin}/v2/health/live`));
    await timed("first /predict: KV, R2, digests, runtime, session, golden", predict);
    await timed("second /predict", predict);
    await edge.stop();
    await rm(directory, { recursive: true, force: true });
  }
  return parts;
}
