import { expect, it } from "vitest";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";
import type { EngineChoice } from "../inspection/inspection.ts";
import { buildManifest } from "./build-manifest.ts";

const record = (name: string) => tensorToRecord({ name, datatype: "FP32", shape: [1, 1], data: new Float32Array([1]) });

function manifestWith(engine: EngineChoice): unknown {
  const { json } = buildManifest(
    { model: "m", version: "v1" },
    {
      served: { path: "", sha256: "0".repeat(64), bytes: 1 },
      inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], missing: "refused" }],
      outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
      engine,
      golden: { inputs: [record("x")], outputs: [record("y")], tolerance: { absolute: 0, relative: 0 } },
    },
    {},
    undefined,
    undefined,
  );
  return manifestSchema.parse(JSON.parse(json)).engine;
}

it("names the engine where it is not onnxruntime, so that an older Worker serves all the rest", () => {
  expect(manifestWith({ name: "tree_walk", why: "" })).toBe("tree_walk");
  expect(manifestWith({ name: "onnxruntime", why: "" })).toBeUndefined();
});
