/**
 * The walk of trees in Node, on the very binary of the edge: a probe (probe.ts) of a model that is one tree ensemble. Several side by side are no trouble,
 * each has a memory of its own.
 */
import { readFile } from "node:fs/promises";
import type { Manifest } from "../../contract/manifest.ts";
import { succeed, type Result } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { openEnsemble } from "../../contract/tree-ensemble/open-ensemble.ts";
import type { EnsembleLists, OtherModel } from "../../contract/tree-ensemble/read-ensemble.ts";
import { TreeWalker, type TreeWalk } from "../../contract/tree-ensemble/tree-walker.ts";
import type { Probe } from "./probe.ts";

// Node has WebAssembly, but its types are in TypeScript's DOM library, which this part is not compiled under.
interface WebAssemblyOfNode {
  instantiate(binary: Uint8Array): Promise<{ instance: { exports: unknown } }>;
}
const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly;

const BINARY = new URL("../../contract/tree-ensemble/tree-walk.wasm", import.meta.url);

export interface TreeProbe extends Probe {
  /** What was walked, for whoever wants rows near its thresholds. */
  lists: EnsembleLists;
  columns: number;
}

/** Refuses what the edge's TreeSession refuses. */
export async function openTreeProbe(
  bytes: Uint8Array,
  manifest: Pick<Manifest, "inputs" | "outputs">,
): Promise<Result<TreeProbe, OtherModel>> {
  const opened = openEnsemble(bytes, manifest);
  if (!opened.ok) return opened;
  const { lists, packed } = opened.value;
  const { instance } = await webAssembly.instantiate(await readFile(BINARY));
  const walk = instance.exports as TreeWalk;
  const walker = new TreeWalker(walk, packed);
  const { input, output, columns } = packed;
  return succeed({
    lists,
    columns,
    inputNames: [input],
    outputNames: [output],
    memoryBytes: () => walk.memory.buffer.byteLength,
    run: async ([{ data }]: readonly Tensor[] | [Tensor]) => {
      const predictions = walker.predict(data as Float32Array);
      return succeed([{ name: output, datatype: "FP32", shape: [predictions.length, 1], data: predictions }]);
    },
  });
}
