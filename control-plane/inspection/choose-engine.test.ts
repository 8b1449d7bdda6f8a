/** Which engine a model gets; the models' own answers are onnxruntime's WASM build's. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Manifest } from "../../contract/manifest.ts";
import { succeed } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { drawLists, ensembleOnnx } from "../../contract/tree-ensemble/ensemble.fixture.ts";
import { chooseEngine } from "./choose-engine.ts";
import { openProbe, type Probe } from "./probe.ts";
import { seededRandom } from "./seeded-random.ts";

const COLUMNS = 12;
const described: Pick<Manifest, "inputs" | "outputs"> = {
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, COLUMNS], missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};
const golden: Tensor[] = [{ name: "features", datatype: "FP32", shape: [2, COLUMNS], data: new Float32Array(2 * COLUMNS) }];
const example = new Uint8Array(readFileSync(new URL("../../examples/pm25/pm25-v1.onnx", import.meta.url)));

async function opened(bytes: Uint8Array): Promise<Probe> {
  const probe = await openProbe(bytes);
  if (!probe.ok) throw new Error(probe.failure.reason);
  return probe.value;
}

/** As onnxruntime would answer if one bit of its answers for some rows were another. */
const changedAt = (probe: Probe, isChanged: (rows: Float32Array, row: number) => boolean): Probe => ({
  ...probe,
  run: async (inputs, outputNames) => {
    const ran = await probe.run(inputs, outputNames);
    if (!ran.ok) return ran;
    const [tensor] = ran.value as [Tensor<"FP32">];
    const rows = inputs[0]?.data as Float32Array;
    const data = tensor.data.map((value, row) => (isChanged(rows, row) ? Math.fround(value * (1 + 2 ** -23)) : value));
    return succeed([{ ...tensor, data }]);
  },
});

it("walks a model that is one ensemble and answers with onnxruntime's bits", async () => {
  expect(await chooseEngine(example, described, await opened(example), golden)).toEqual({
    name: "tree_walk",
    why: "its bits are onnxruntime's on 4098 rows",
  });
});

it("leaves a model to onnxruntime whose answers differ in the last bit of one row", async () => {
  const isLast = (rows: Float32Array, row: number): boolean => (row + 1) * COLUMNS === rows.length && row > 0;
  const choice = await chooseEngine(example, described, changedAt(await opened(example), isLast), golden);
  expect(choice.name).toBe("onnxruntime");
  expect(choice.why).toMatch(/^row 4097 of those tried is .* by the walk of trees and .* by onnxruntime$/);
});

it("tries rows with missing values, and rows whose values are thresholds and their neighbours", async () => {
  const probe = await opened(example);
  const isMissing = (rows: Float32Array, row: number): boolean => Number.isNaN(rows[row * COLUMNS]);
  expect((await chooseEngine(example, described, changedAt(probe, isMissing), golden)).name).toBe("onnxruntime");
  const lists = drawLists(seededRandom(3), { trees: 5, columns: 1, depthMax: 2, leafiness: 0, base: 0 });
  const drawn = ensembleOnnx(lists, 1);
  const one: typeof described = {
    inputs: [{ name: "features", datatype: "FP32", shape: [-1, 1], missing: "nan" }],
    outputs: [{ name: "sum", datatype: "FP32", shape: [-1, 1] }],
  };
  const seen = new Set<number>();
  const watched = changedAt(await opened(drawn), (rows, row) => {
    seen.add(rows[row] as number);
    return false;
  });
  const chosen = await chooseEngine(drawn, one, watched, [
    { name: "features", datatype: "FP32", shape: [1, 1], data: new Float32Array(1) },
  ]);
  expect(chosen.name).toBe("tree_walk");
  const { modes, values } = lists.nodes;
  for (const threshold of values.filter((_, node) => modes[node] !== "LEAF")) expect(seen.has(threshold)).toBe(true);
  for (const edge of [NaN, Infinity, -Infinity]) expect(seen.has(edge)).toBe(true);
});

it("leaves every other model to onnxruntime, and says why", async () => {
  const wide: typeof described = {
    ...described,
    inputs: [{ name: "features", datatype: "FP64", shape: [-1, COLUMNS], missing: "nan" }],
  };
  expect(await chooseEngine(example, wide, await opened(example), golden)).toEqual({
    name: "onnxruntime",
    why: "its input is not one tensor FP32 [rows, columns]",
  });
  const pairs: typeof described = { ...described, outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 2] }] };
  expect(await chooseEngine(example, pairs, await opened(example), golden)).toEqual({
    name: "onnxruntime",
    why: "its output is not one tensor FP32 [rows, 1]",
  });
});
