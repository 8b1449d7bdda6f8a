/**
 * Which engine serves a model: the walk of trees where it can read the model and gives onnxruntime's bits on every row tried here, onnxruntime for all
 * the rest. The rows are those a wrong comparison would show on: a feature's thresholds, their float neighbours, zeros, infinities, missing values.
 */
import type { Manifest } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { floatAbove, floatBelow } from "../../contract/tree-ensemble/next-float.ts";
import type { EnsembleLists } from "../../contract/tree-ensemble/read-ensemble.ts";
import type { EngineChoice } from "./inspection.ts";
import type { Probe } from "./probe.ts";
import { seededRandom, type Random } from "./seeded-random.ts";
import { openTreeProbe, type TreeProbe } from "./tree-probe.ts";

/** Enough that every threshold of the example's 200 trees is met by a row on average. */
const ROWS_TRIED = 4_096;
/** Few rows go another way through the walk than many do. */
const ROWS_TRIED_ALONE = 64;

/** `golden` are inputs that the model has answered. */
export async function chooseEngine(
  bytes: Uint8Array,
  manifest: Pick<Manifest, "inputs" | "outputs">,
  onnxruntime: Probe,
  golden: readonly Tensor[],
): Promise<EngineChoice> {
  const trees = await openTreeProbe(bytes, manifest);
  if (!trees.ok) return { name: "onnxruntime", why: trees.failure.why };
  const [goldenInput] = golden as [Tensor<"FP32">];
  const { columns, lists } = trees.value;
  const rows = new Float32Array(goldenInput.data.length + ROWS_TRIED * columns);
  rows.set(goldenInput.data);
  rows.set(rowsNearThresholds(lists, columns, ROWS_TRIED), goldenInput.data.length);
  const difference = await firstDifference(trees.value, onnxruntime, { ...goldenInput, data: rows });
  return difference === undefined
    ? { name: "tree_walk", why: `its bits are onnxruntime's on ${rows.length / columns} rows` }
    : { name: "onnxruntime", why: difference };
}

async function firstDifference(
  trees: TreeProbe,
  onnxruntime: Probe,
  { name, data }: Tensor<"FP32">,
): Promise<string | undefined> {
  const { columns, outputNames } = trees;
  const count = data.length / columns;
  const tensor = (values: Float32Array): Tensor[] => [
    { name, datatype: "FP32", shape: [values.length / columns, columns], data: values },
  ];
  const expected = await onnxruntime.run(tensor(data), outputNames);
  if (!expected.ok) return "onnxruntime refuses rows that the walk of trees takes";
  const wanted = expected.value[0]?.data as Float32Array;
  const walked = await trees.run(tensor(data), outputNames);
  if (!walked.ok) return "the walk of trees fails";
  const got = Float32Array.from(walked.value[0]?.data as Float32Array);
  for (let row = 0; row < count; row++) {
    if (!Object.is(got[row], wanted[row]))
      return `row ${row} of those tried is ${got[row]} by the walk of trees and ${wanted[row]} by onnxruntime`;
  }
  for (let row = 0; row < Math.min(ROWS_TRIED_ALONE, count); row++) {
    const alone = await trees.run(tensor(data.slice(row * columns, (row + 1) * columns)), outputNames);
    const value = alone.ok ? alone.value[0]?.data[0] : undefined;
    if (!Object.is(value, wanted[row]))
      return `row ${row} alone is ${String(value)} by the walk of trees and ${wanted[row]} by onnxruntime`;
  }
  return undefined;
}

/** Row-major values, each drawn from what its column is compared with; the same for the same model. */
function rowsNearThresholds({ nodes }: EnsembleLists, columns: number, count: number): Float32Array {
  const thresholds = Array.from({ length: columns }, (): number[] => []);
  for (const [node, feature] of nodes.features.entries()) {
    if (nodes.modes[node] !== "LEAF") thresholds[feature]?.push(nodes.values[node] as number);
  }
  const random = seededRandom(1);
  return Float32Array.from({ length: count * columns }, (_, at) => valueNear(thresholds[at % columns] as number[], random));
}

function valueNear(thresholds: readonly number[], random: Random): number {
  const threshold = thresholds[Math.floor(random() * thresholds.length)] ?? 0;
  const draw = random();
  if (draw < 0.25) return threshold;
  if (draw < 0.4) return floatBelow(threshold);
  if (draw < 0.55) return floatAbove(threshold);
  if (draw < 0.7) return NaN;
  if (draw < 0.75) return draw < 0.725 ? 0 : -0;
  if (draw < 0.8) return draw < 0.775 ? Infinity : -Infinity;
  const other = thresholds[Math.floor(random() * thresholds.length)] ?? 1;
  return threshold + (other - threshold) * random();
}
