import { describe, expect, it } from "vitest";
import type { Manifest } from "../../contract/manifest.ts";
import { artifacts, exampleAnswer, exampleRows, observedLine, publish, putVersion } from "../release/release.fixture.ts";
import { ModelSession } from "./model-session.ts";
import { treeWalkMemoryBytes } from "./tree-session.ts";
import { wasmMemoryBytes } from "./wasm-memory.ts";

const walked = <Described extends object>(described: Described): Described & { engine: "tree_walk" } => ({
  ...described,
  engine: "tree_walk",
});
const model = "pm25_predictor";
const described: Pick<Manifest, "engine" | "inputs" | "outputs"> = {
  engine: "tree_walk",
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};

describe("a model whose manifest names the walk of trees", () => {
  it("answers with onnxruntime's bits, one row or many", async () => {
    for (const version of ["v1", "v2"] as const) {
      const session = await ModelSession.ofManifest(artifacts[version], described);
      const expected = (await exampleAnswer(version)).data as Float32Array;
      const [answer] = session.run([exampleRows]);
      expect(answer).toEqual({ name: "pm25", datatype: "FP32", shape: [16, 1], data: expected });
      for (let row = 0; row < 16; row++) {
        const data = (exampleRows.data as Float32Array).slice(row * 12, row * 12 + 12);
        const [one] = session.run([{ ...exampleRows, shape: [1, 12], data }]);
        expect(one?.data[0]).toBe(expected[row]);
      }
      session.retire();
    }
  });

  it("is swapped for one of the other engine and back with its memory flat", async () => {
    const targets = [
      await putVersion(model, "v1", { change: walked }),
      await putVersion(model, "v2", { change: walked }),
      await putVersion(model, "v2"),
    ];
    const { line, refresh, refusals } = observedLine(model);
    const bytes: number[] = [];
    for (let generation = 1; generation < 60; generation++) {
      const target = targets[generation % 3] as (typeof targets)[number];
      await publish(model, generation, target);
      await refresh();
      const [answer] = line.serving?.stable.session.run([exampleRows]) ?? [];
      expect(answer?.data).toEqual((await exampleAnswer(target.version as "v1" | "v2")).data);
      bytes.push(wasmMemoryBytes());
    }
    expect(refusals).toEqual([]);
    expect(treeWalkMemoryBytes()).toBeGreaterThan(0);
    expect(bytes.at(-1)).toBe(bytes[5]);
  });

  it("is refused where its file is none, and what served goes on", async () => {
    const { line, refresh, refusals } = observedLine(model);
    await publish(model, 100, await putVersion(model, "v1"));
    await refresh();
    const wider = (manifest: Manifest) => ({ ...walked(manifest), inputs: [{ ...manifest.inputs[0], shape: [-1, 3] }] });
    await publish(model, 101, await putVersion(model, "v2", { change: wider }));
    await refresh();
    expect(refusals).toEqual([{ reason: "session_rejected", detail: expect.stringContaining("it looks at column") }]);
    expect(line.serving?.release.generation).toBe(100);
  });

  it("refuses tensors that are not the model's", async () => {
    const session = await ModelSession.ofManifest(artifacts.v1, described);
    expect(() => session.run([{ ...exampleRows, shape: [12, 16] }])).toThrow("features takes FP32 [rows, 12]");
    expect(() => session.run([{ ...exampleRows, name: "others" }])).toThrow("features takes FP32");
    expect(() => session.run([exampleRows], ["pm10"])).toThrow('no tensor "pm10"');
    session.retire();
    expect(() => session.run([exampleRows])).toThrow("released session");
  });
});
