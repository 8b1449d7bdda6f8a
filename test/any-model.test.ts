/**
 * Models of other kinds, registered with the command and served over V2: a classifier with ZipMap, named text and float inputs, images,
 * dynamic axes, every datatype. The oracle is onnxruntime-node, another build of the runtime, on the file as it was before registration.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATATYPES, type Datatype } from "../contract/datatype.ts";
import { startSystem, type RunningSystem } from "./harness/running-system.ts";
import { scaled } from "./harness/scale.ts";
import { classifierModel, TEXT_LABELS } from "./models/classifier.ts";
import { datatypesModel, WIDE_OFFSET } from "./models/datatypes.ts";
import { dynamicAxesModel } from "./models/dynamic-axes.ts";
import { hostileModels } from "./models/hostile.ts";
import { imageModel } from "./models/image.ts";
import { mixedInputsModel, STATIONS, WINDS } from "./models/mixed-inputs.ts";
import { weights } from "./models/weights.ts";

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system?.stop());

async function serve(model: string, bytes: Uint8Array): Promise<void> {
  const file = join(system.directory, `${model}.onnx`);
  writeFileSync(file, bytes);
  await system.edgewise("register", file, "--model", model, "--stage", "staging");
  await system.edgewise("promote", model, "v1", "--reason", "test of another kind of model", "--wait");
}

interface WireTensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: unknown[];
}

async function infer(model: string, inputs: WireTensor[]): Promise<WireTensor[]> {
  // Integers beyond 2^53 are written as digits, which JSON.stringify has no form for.
  const body = JSON.stringify({ inputs }, (_, value: unknown) => (typeof value === "bigint" ? `#${value}#` : value)).replaceAll(
    /"#(-?\d+)#"/g,
    "$1",
  );
  const response = await fetch(`${system.edgeUrl}/v2/models/${model}/infer`, { method: "POST", body });
  const text = await response.text();
  expect([response.status, text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  const exact = (_: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context?.source ?? 0)
      : value;
  return (JSON.parse(text, exact as never) as { outputs: WireTensor[] }).outputs;
}

async function expectAsOracle(outputs: WireTensor[], oracleModel: Uint8Array, inputs: WireTensor[]): Promise<void> {
  const session = await InferenceSession.create(oracleModel);
  const feeds = Object.fromEntries(
    inputs.map(({ name, datatype, shape, data }) => {
      const { ortType } = DATATYPES[datatype];
      return [name, new OrtTensor(ortType as "float32", data as never, shape)];
    }),
  );
  const expected = await session.run(feeds);
  expect(outputs.map(({ name }) => name)).toEqual([...session.outputNames]);
  for (const { name, datatype, shape, data } of outputs) {
    const oracle = expected[name] as OrtTensor;
    expect([name, shape, DATATYPES[datatype].ortType]).toEqual([name, oracle.dims, oracle.type]);
    [...(oracle.data as Iterable<unknown>)].forEach((value, at) => {
      if (datatype === "FP32") expect(data[at]).toBeCloseTo(value as number, 5);
      else
        expect(
          typeof value === "bigint" ? BigInt(data[at] as number) : datatype === "BOOL" ? Number(data[at]) : data[at],
        ).toEqual(value);
    });
  }
}

const floats = (name: string, shape: number[], seed: number): WireTensor => ({
  name,
  datatype: "FP32",
  shape,
  data: weights(
    seed,
    shape.reduce((a, b) => a * b, 1),
  ).map(Math.fround),
});

describe("a model of another kind", () => {
  for (const labels of ["texts", "integers"] as const) {
    it(`a classifier with ${labels} for labels and ZipMap: label and probabilities as tensors`, async () => {
      const model = `classifier_${labels}`;
      await serve(model, classifierModel({ labels }));
      const inputs = [floats("float_input", [5, 4], 7)];
      const outputs = await infer(model, inputs);
      await expectAsOracle(outputs, classifierModel({ labels, withZipMap: false }), inputs);
      const response = await fetch(`${system.edgeUrl}/predict`, {
        method: "POST",
        body: JSON.stringify({ model, instances: [[1, 2, 3, 4]] }),
      });
      const { predictions } = (await response.json()) as {
        predictions: [{ output_label: unknown; probabilities: Record<string, number> }];
      };
      expect(Object.keys(predictions[0].probabilities)).toHaveLength(TEXT_LABELS.length);
      expect(Object.values(predictions[0].probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    });
  }

  it("named text and float inputs", async () => {
    await serve("mixed", mixedInputsModel());
    const inputs: WireTensor[] = [
      { name: "station", datatype: "BYTES", shape: [3, 1], data: [...STATIONS] },
      { name: "wind", datatype: "BYTES", shape: [3, 1], data: [WINDS[0], WINDS[3], "nowhere"] },
      floats("temperature", [3, 1], 8),
      floats("pressure", [3, 1], 9),
    ];
    await expectAsOracle(await infer("mixed", inputs), mixedInputsModel(), inputs);
    const instance = { station: STATIONS[1], wind: "N", temperature: 20.5, pressure: 1000 };
    const byName = await fetch(`${system.edgeUrl}/predict`, {
      method: "POST",
      body: JSON.stringify({ model: "mixed", prediction_ids: false, instances: [instance] }),
    });
    const byOrder = await fetch(`${system.edgeUrl}/predict`, {
      method: "POST",
      body: JSON.stringify({ model: "mixed", prediction_ids: false, instances: [Object.values(instance)] }),
    });
    expect(await byName.json()).toEqual(await byOrder.json());
  });

  for (const pixels of ["FP32", "UINT8"] as const) {
    it(`images of ${pixels}`, async () => {
      const model = `image_${pixels.toLowerCase()}`;
      await serve(model, imageModel({ pixels }));
      const shape = [2, 3, 32, 32];
      const image =
        pixels === "FP32"
          ? floats("image", shape, 10)
          : {
              name: "image",
              datatype: pixels,
              shape,
              data: weights(10, 6144).map((value) => Math.floor(Math.abs(value) * 1000) % 256),
            };
      await expectAsOracle(await infer(model, [image]), imageModel({ pixels }), [image]);
    });
  }

  it("dynamic axes: any batch and any sequence length", async () => {
    await serve("tokens", dynamicAxesModel());
    for (const shape of [
      [1, 1],
      [2, 7],
      [5, 3],
    ] as const) {
      const [batch, sequence] = shape;
      const input: WireTensor = {
        name: "token_ids",
        datatype: "INT64",
        shape: [...shape],
        data: Array.from({ length: batch * sequence }, (_, at) => BigInt((at * 7) % 50)),
      };
      await expectAsOracle(await infer("tokens", [input]), dynamicAxesModel(), [input]);
    }
  });

  it("an index that its table does not have is the caller's mistake, and the next request is answered", async () => {
    const input = (id: number) => ({ name: "token_ids", datatype: "INT64", shape: [1, 1], data: [id] });
    const bad = await fetch(`${system.edgeUrl}/v2/models/tokens/infer`, {
      method: "POST",
      body: JSON.stringify({ inputs: [input(5000)] }),
    });
    expect([bad.status, ((await bad.json()) as { code: string }).code]).toEqual([400, "inference_rejected"]);
    expect(await infer("tokens", [input(5) as WireTensor])).toHaveLength(1);
  });

  it("every datatype, int64 beyond 2^53 with every digit", async () => {
    await serve("datatypes", datatypesModel());
    const inputs: WireTensor[] = [
      { name: "double", datatype: "FP64", shape: [2], data: [0.1, 1e300] },
      { name: "flag", datatype: "BOOL", shape: [2], data: [true, false] },
      { name: "count", datatype: "INT32", shape: [2], data: [-2147483648, 7] },
      { name: "byte", datatype: "UINT8", shape: [2], data: [0, 255] },
      { name: "wide", datatype: "INT64", shape: [2], data: [9007199254740993n, -3n] },
    ];
    const outputs = await infer("datatypes", inputs);
    expect(outputs.find(({ name }) => name === "wide_shifted")?.data).toEqual(
      [9007199254740993n + WIDE_OFFSET, Number(WIDE_OFFSET - 3n)].map((value) =>
        Number.isSafeInteger(Number(value)) ? Number(value) : value,
      ),
    );
    expect(outputs.find(({ name }) => name === "flag_inverted")?.data).toEqual([false, true]);
    expect(outputs.find(({ name }) => name === "double_same")?.data).toEqual([0.1, 1e300]);
  });
});

it("a hostile model is refused by name, and nothing of it is written", async () => {
  // Inspection's own tests refuse each of them; here is one in five, through the whole system.
  const models = Object.entries(hostileModels()).filter((_, index) => index % scaled({ full: 1, quick: 5 }) === 0);
  expect(models.length).toBeGreaterThan(3);
  for (const [name, { bytes, reason }] of models) {
    const form = new FormData();
    form.set("metadata", "{}");
    form.set("artifact", new Blob([bytes as never]), "hostile.onnx");
    const response = await fetch(`${system.controlPlaneUrl}/api/models/hostile/versions`, {
      method: "POST",
      body: form,
      headers: { authorization: `Bearer ${system.adminToken}` },
    });
    const answer = (await response.json()) as { code: string; error: string; details: { reason: string } };
    expect([name, response.status, answer.code, answer.details?.reason]).toEqual([name, 422, "artifact_refused", reason]);
  }
  const { status } = await system.api("GET", "/api/models/hostile");
  expect(status).toBe(404);
}, 300_000);
