import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Tensor } from "../../contract/tensor.ts";
import { openEngines, type EngineModel } from "./open-engines.ts";
import type { Probe } from "./probe.ts";

const artifactOf = (version: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../examples/pm25/pm25-${version}.onnx`, import.meta.url)));
const model = (version: string, engine: "tree_walk" | undefined, columns = 12): EngineModel => ({
  artifact: artifactOf(version),
  manifest: {
    inputs: [{ name: "features", datatype: "FP32", shape: [-1, columns], missing: "nan" }],
    outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
    ...(engine && { engine }),
  },
});
const row: Tensor = {
  name: "features",
  datatype: "FP32",
  shape: [1, 12],
  data: Float32Array.from({ length: 12 }, (_, at) => 10 * at),
};

async function answer(probe: Probe | undefined): Promise<unknown> {
  const ran = await probe?.run([row], ["pm25"]);
  return ran?.ok ? ran.value : ran;
}

it("opens each version in its own engine, in the order asked, with the same answers from both", async () => {
  const opened = await openEngines([
    model("v1", "tree_walk"),
    model("v2", undefined),
    model("v2", "tree_walk"),
    model("v1", undefined),
  ]);
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  const { probes, memoryBytes } = opened.value;
  const [v1, v2] = [await answer(probes[0]), await answer(probes[1])];
  expect(v1).not.toEqual(v2);
  expect(await answer(probes[2])).toEqual(v2);
  expect(await answer(probes[3])).toEqual(v1);
  // onnxruntime's memory is one, those of the walks are two.
  const [walkV1, ort, walkV2] = probes.map((probe) => probe.memoryBytes()) as [number, number, number];
  expect(memoryBytes()).toBe(walkV1 + ort + walkV2);
});

it("starts no onnxruntime where every version is walked", async () => {
  const opened = await openEngines([model("v1", "tree_walk")]);
  expect(opened.ok && opened.value.memoryBytes()).toBeLessThan(1024 * 1024);
});

it("refuses a version whose trees cannot be walked, whatever its manifest says", async () => {
  expect(await openEngines([model("v1", "tree_walk", 2)])).toEqual({
    ok: false,
    failure: {
      reason: "session_rejected",
      detail: expect.stringMatching(/^its trees cannot be walked because it looks at column/) as unknown,
    },
  });
});
