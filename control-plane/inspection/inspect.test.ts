import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as NodeTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATATYPES } from "../../contract/datatype.ts";
import { ARTIFACT_BYTES_MAX_DEFAULT } from "../../contract/limits.ts";
import { recordToTensor } from "../../contract/tensor-bytes.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { classifierModel, INTEGER_LABELS, TEXT_LABELS } from "../../test/models/classifier.ts";
import { datatypesModel } from "../../test/models/datatypes.ts";
import { dynamicAxesModel } from "../../test/models/dynamic-axes.ts";
import { hostileModels, identityModel } from "../../test/models/hostile.ts";
import { imageModel } from "../../test/models/image.ts";
import { malformedFiles } from "../../test/models/malformed.ts";
import { mixedInputsModel } from "../../test/models/mixed-inputs.ts";
import { attribute, mlNode, port, writeModel } from "../../test/models/onnx-writer.ts";
import { slowModel } from "../../test/models/slow.ts";
import { inspectArtifact } from "./inspect.ts";
import { WASM_MEMORY_BYTES_MAX } from "./inspection-limits.ts";
import type { Inspection, InspectionOptions } from "./inspection.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inspection-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const OPTIONS: InspectionOptions = {
  artifactBytesMax: ARTIFACT_BYTES_MAX_DEFAULT,
  inputs: [],
  tolerance: { absolute: 1e-4, relative: 2e-5 },
  timeoutMs: 50_000,
};

let files = 0;
async function inspect(bytes: Uint8Array, more: Partial<InspectionOptions> = {}) {
  const path = join(folder, `model-${files++}.onnx`);
  await writeFile(path, bytes);
  return inspectArtifact(path, { ...OPTIONS, ...more });
}

async function accepted(bytes: Uint8Array, more: Partial<InspectionOptions> = {}): Promise<Inspection> {
  const result = await inspect(bytes, more);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

const refused = (failure: object) => ({ ok: false, failure: expect.objectContaining(failure) as unknown });

const tensorsOf = (records: Inspection["golden"]["inputs"]): Tensor[] =>
  records.map((record) => recordToTensor(record) as Tensor);

/** The golden inputs of an inspection through onnxruntime-node, as the WASM runtime's outputs should be. */
async function oracleOutputs({ served, golden }: Inspection): Promise<Tensor[]> {
  const session = await InferenceSession.create(await readFile(served.path));
  const feeds = tensorsOf(golden.inputs).map(({ name, datatype, data, shape }) => [
    name,
    new NodeTensor(DATATYPES[datatype].ortType, data as NodeTensor.DataType, shape),
  ]);
  const outputs = tensorsOf(golden.outputs);
  const results = await session.run(
    Object.fromEntries(feeds) as InferenceSession.FeedsType,
    outputs.map(({ name }) => name),
  );
  return outputs.map(({ name, datatype }) => {
    const result = results[name] as NodeTensor;
    return { name, datatype, shape: [...result.dims], data: result.data as Tensor["data"] };
  });
}

describe("models of every kind", () => {
  it.each([
    ["a classifier with text labels", classifierModel({ labels: "texts" })],
    ["a tree classifier with integer labels", classifierModel({ labels: "integers", kind: "trees" })],
    ["texts and numbers", mixedInputsModel()],
    ["a float image", imageModel({ pixels: "FP32" })],
    ["a uint8 image", imageModel({ pixels: "UINT8" })],
    ["free axes", dynamicAxesModel()],
    ["all datatypes", datatypesModel()],
  ])("are accepted, with golden outputs that onnxruntime-node gives too: %s", async (_, bytes) => {
    const inspection = await accepted(bytes);
    const oracle = await oracleOutputs(inspection);
    for (const [index, { name, datatype, shape, data }] of tensorsOf(inspection.golden.outputs).entries()) {
      const other = oracle[index] as Tensor;
      expect({ name, datatype, shape }).toEqual({ name: other.name, datatype: other.datatype, shape: other.shape });
      if (datatype !== "FP32") expect(data).toEqual(other.data);
      else {
        const scale = Math.max(...(data as Float32Array).map(Math.abs));
        for (const [at, value] of (data as Float32Array).entries()) {
          // The two builds add in another order; a few units in the last place of the largest value.
          expect(Math.abs(value - (other.data[at] as number))).toBeLessThanOrEqual(1e-6 * scale);
        }
      }
    }
    const { loaded, atLimits } = inspection.wasmMemoryBytes;
    expect(loaded).toBeGreaterThan(0);
    expect(atLimits).toBeGreaterThanOrEqual(loaded);
    expect(atLimits).toBeLessThanOrEqual(WASM_MEMORY_BYTES_MAX);
  });

  it("tell their interface", async () => {
    const inspection = await accepted(mixedInputsModel());
    expect(inspection.inputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ["station", "BYTES", [-1, 1]],
      ["wind", "BYTES", [-1, 1]],
      ["temperature", "FP32", [-1, 1]],
      ["pressure", "FP32", [-1, 1]],
    ]);
    expect(inspection.outputs).toEqual([{ name: "pm25", datatype: "FP32", shape: [-1, 1] }]);
    expect(inspection.opsets).toEqual({ "ai.onnx": 15, "ai.onnx.ml": 3 });
    expect(inspection.operators).toMatchObject({ "ai.onnx.ml:OneHotEncoder": 1, "ai.onnx:Concat": 1 });
    expect(inspection.producer).toBe("edgewise test");
  });

  it("keep int64 beyond 2^53 exact", async () => {
    const { golden } = await accepted(datatypesModel());
    const wide = tensorsOf(golden.outputs).find(({ name }) => name === "wide_shifted")?.data as BigInt64Array;
    expect(new Set(wide)).toEqual(new Set([2n ** 53n + 1n, 2n ** 53n + 2n]));
  });

  it("have ZipMap replaced, in a file beside the uploaded one", async () => {
    const bytes = classifierModel({ labels: "texts" });
    const { served, rewrites, outputs, operators } = await accepted(bytes);
    expect(served.path).toMatch(/model-\d+\.onnx\.rewritten$/);
    const written = await readFile(served.path);
    expect(written.length).toBe(served.bytes);
    expect(served.sha256).toBe(Buffer.from(await crypto.subtle.digest("SHA-256", written)).toString("hex"));
    expect(rewrites).toEqual([expect.stringContaining("ZipMap")]);
    expect(operators).not.toHaveProperty("ai.onnx.ml:ZipMap");
    expect(outputs).toEqual([
      { name: "output_label", datatype: "BYTES", shape: [-1] },
      { name: "probabilities", datatype: "FP32", shape: [-1, 3], labels: [...TEXT_LABELS] },
    ]);
    const integers = await accepted(classifierModel({ labels: "integers" }));
    expect(integers.outputs[1]?.labels).toEqual([...INTEGER_LABELS]);
  });

  it("are served as they are when nothing has to change", async () => {
    const bytes = identityModel();
    const { served, rewrites } = await accepted(bytes);
    expect({ rewrites, bytes: served.bytes }).toEqual({ rewrites: [], bytes: bytes.length });
    expect(Buffer.from(await readFile(served.path))).toEqual(Buffer.from(bytes));
  });
});

describe("hostile models", () => {
  it.each(Object.entries(hostileModels()))("are refused by their reason: %s", async (_, { bytes, reason }) => {
    expect(await inspect(bytes)).toEqual(refused({ reason }));
  });

  it("are refused when they are no model", async () => {
    expect(await inspect(malformedFiles()["an HTML page"]?.bytes ?? new Uint8Array())).toEqual(refused({ reason: "not_onnx" }));
  });

  it("cannot fill a log with a name", async () => {
    const outcome = await inspect(identityModel(port("x".repeat(1_000_000), "FP32", [1e9])));
    expect(outcome).toEqual(refused({ reason: "dimension_unbounded" }));
    expect(JSON.stringify(outcome).length).toBeLessThan(2_000);
  });

  it("are refused by size before they are read", async () => {
    expect(await inspect(identityModel(), { artifactBytesMax: 10 })).toEqual(refused({ reason: "artifact_too_large", max: 10 }));
  });

  it("say when the memory is used up while loading and when at the limits", async () => {
    const models = hostileModels();
    const whenOf = async (name: string) => inspect(models[name]?.bytes ?? new Uint8Array());
    expect(await whenOf("memory bomb at loading")).toEqual(refused({ when: "loading", max: WASM_MEMORY_BYTES_MAX }));
    expect(await whenOf("memory bomb by shape")).toEqual(refused({ when: "at the request limits" }));
  });
});

describe("examples", () => {
  it("that the model cannot take are refused", async () => {
    const bytes = identityModel();
    expect(await inspect(bytes, { examples: [[1]] })).toEqual(refused({ reason: "examples_invalid" }));
    expect(await inspect(bytes, { examples: [] })).toEqual(refused({ reason: "examples_invalid" }));
    expect(await inspect(bytes, { expected: [1] })).toEqual(refused({ reason: "examples_invalid" }));
    expect(await inspect(bytes, { examples: [[1, 2]], expected: [] })).toEqual(refused({ reason: "examples_invalid" }));
  });

  it("on which the model fails are refused, made-up rows that it fails on need examples", async () => {
    const strict = mlNode("OneHotEncoder", ["x"], ["y"], [attribute.texts("cats_strings", ["only"]), attribute.int("zeros", 0)]);
    const bytes = writeModel({
      inputs: [port("x", "BYTES", ["batch", 1])],
      outputs: [port("y", "FP32", ["batch", 1, 1])],
      nodes: [strict],
    });
    expect(await inspect(bytes)).toEqual(
      refused({ reason: "inference_failed", detail: expect.stringContaining("made up") as unknown }),
    );
    expect(await inspect(bytes, { examples: [["only"], ["other"]] })).toEqual(refused({ reason: "inference_failed" }));
    expect((await accepted(bytes, { examples: [["only"]] })).golden.inputs[0]).toMatchObject({ data: ["only"] });
  });

  it("that would make the manifest too large are thinned out, and refused when one alone is too large", async () => {
    const wide = (length: number) => identityModel(port("x", "FP32", ["batch", length]), port("y", "FP32", ["batch", length]));
    expect((await accepted(wide(30_000))).golden.inputs[0]?.shape).toEqual([2, 30_000]);
    expect(await inspect(wide(300_000))).toEqual(refused({ reason: "golden_too_large" }));
  });
});

describe("the child process", () => {
  /** Command lines and environments of this process's children that inspect, from Linux's /proc. */
  async function children(): Promise<{ pid: number; environment: string }[]> {
    const found: { pid: number; environment: string }[] = [];
    for (const entry of await readdir("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const status = await readFile(`/proc/${entry}/status`, "utf8");
        const command = await readFile(`/proc/${entry}/cmdline`, "utf8");
        if (!status.includes(`PPid:\t${process.pid}\n`) || !command.includes("inspection-process")) continue;
        found.push({ pid: Number(entry), environment: await readFile(`/proc/${entry}/environ`, "utf8") });
      } catch {
        // It ended while it was looked at.
      }
    }
    return found;
  }

  async function firstChild() {
    for (;;) {
      const [child] = await children();
      if (child?.environment) return child;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const onLinux = it.skipIf(!existsSync("/proc/self/status"));

  it("is ended when a model takes too long", async () => {
    const outcome = await inspect(slowModel(5_000), { timeoutMs: 6_000 });
    expect(outcome).toEqual(refused({ reason: "timed_out", afterMs: 6_000 }));
    await expect.poll(children).toEqual([]);
  });

  onLinux("has none of the control plane's environment", async () => {
    process.env["RELEASE_PRIVATE_KEY"] = "not for models";
    const inspecting = inspect(slowModel(10));
    const { environment } = await firstChild();
    delete process.env["RELEASE_PRIVATE_KEY"];
    expect(environment).toContain("NODE_CHANNEL_FD");
    expect(environment).not.toContain("RELEASE_PRIVATE_KEY");
    expect((await inspecting).ok).toBe(true);
  });

  onLinux("that dies is a refusal, not a crash", async () => {
    const inspecting = inspect(slowModel(2_000));
    const { pid } = await firstChild();
    process.kill(pid, "SIGKILL");
    expect(await inspecting).toEqual(refused({ reason: "process_ended", detail: "signal SIGKILL" }));
  });
});

const SHARED_GOLDEN = new URL("../../../shared/models/pm25/golden.json", import.meta.url);

describe.skipIf(!existsSync(SHARED_GOLDEN))("the example line (skipped without ../shared/models/pm25/golden.json)", () => {
  it.each(["v1", "v2"] as const)("%s agrees with XGBoost on all 500 rows, missing values included", async (version) => {
    const shared = JSON.parse(await readFile(SHARED_GOLDEN, "utf8")) as {
      features: string[];
      rows: (number | null)[][];
      expected: Record<string, number[]>;
    };
    const bytes = await readFile(new URL(`../../examples/pm25/pm25-${version}.onnx`, import.meta.url));
    const inspection = await accepted(bytes, {
      inputs: [{ name: "features", features: shared.features, missing: "nan" }],
      examples: shared.rows,
      expected: shared.expected[version],
    });
    expect(inspection.inputs).toEqual([
      { name: "features", datatype: "FP32", shape: [-1, 12], features: shared.features, missing: "nan" },
    ]);
    expect(inspection.operators).toEqual({ "ai.onnx.ml:TreeEnsembleRegressor": 1 });
    const [golden] = tensorsOf(inspection.golden.inputs);
    expect(golden?.shape).toEqual([32, 12]);
    expect([...(golden?.data ?? [])].some(Number.isNaN)).toBe(true);
  });

  it("is refused when one expected value is off", async () => {
    const shared = JSON.parse(await readFile(SHARED_GOLDEN, "utf8")) as { rows: unknown[]; expected: { v1: number[] } };
    const bytes = await readFile(new URL("../../examples/pm25/pm25-v1.onnx", import.meta.url));
    const expected = shared.expected.v1.with(417, (shared.expected.v1[417] ?? 0) + 0.1);
    const outcome = await inspect(bytes, { inputs: [{ name: "features", missing: "nan" }], examples: shared.rows, expected });
    expect(outcome).toEqual(refused({ reason: "expected_mismatch", row: 417, output: "pm25" }));
  });
});
