import { describe, expect, it } from "vitest";
import type { Datatype } from "../../contract/datatype.ts";
import type { ManifestInput, ManifestOutput } from "../../contract/manifest.ts";
import { fail, succeed } from "../../contract/result.ts";
import { emptyTensorData, type Tensor, type TensorData } from "../../contract/tensor.ts";
import type { Probe } from "./probe.ts";
import { predictionReference } from "./reference-run.ts";

const input: ManifestInput = { name: "x", datatype: "FP32", shape: [-1, 1], features: ["x"], missing: "nan" };
const output = (over: Partial<ManifestOutput> = {}): ManifestOutput => ({ name: "y", datatype: "FP32", shape: [-1, 1], ...over });

/** A model that answers each row with `answer` of its value; `batches` are the rows of each run. */
function model(datatype: Datatype, answer: (value: number) => unknown): { probe: Probe; batches: number[] } {
  const batches: number[] = [];
  const run: Probe["run"] = async ([tensor], [name]) => {
    const values = Array.from((tensor as Tensor).data as Float32Array);
    batches.push(values.length);
    const data = emptyTensorData(datatype, values.length);
    for (const [row, value] of values.entries()) (data as unknown[])[row] = answer(value);
    return succeed([{ name: name as string, datatype, shape: [values.length, 1], data: data as TensorData } as Tensor]);
  };
  return { probe: { inputNames: ["x"], outputNames: ["y"], memoryBytes: () => 0, run }, batches };
}

const rows = Array.from({ length: 1_201 }, (_, row) => [row]);

describe("the prediction's reference", () => {
  it("is of every row's prediction, in runs of a bounded size; NaN counts as missing", async () => {
    const { probe, batches } = model("FP32", (value) => (value === 7 ? NaN : value * 2));
    const made = await predictionReference(probe, [input], [output()], rows);
    expect(batches).toEqual([500, 500, 201]);
    expect(made.ok && made.value).toMatchObject({ output: "y", rows: 1_201, reference: { kind: "numeric", min: 0, max: 2_400 } });
    expect(made.ok && made.value?.reference.counts.at(-1)).toBe(1);
    expect(made.ok && made.value?.reference.counts.reduce((sum, count) => sum + count)).toBe(1_201);
  });

  it("counts labels as categories, with all digits of a wide one", async () => {
    const { probe } = model("INT64", (value) => (value < 1_000 ? 9_007_199_254_740_993n : 2n));
    const made = await predictionReference(probe, [input], [output({ datatype: "INT64", shape: [-1] })], rows);
    expect(made.ok && made.value?.reference).toEqual({
      kind: "categorical",
      categories: ["9007199254740993", "2"],
      counts: [1_000, 201, 0, 0],
    });
  });

  it("is of the first output with one value a row, or of none", async () => {
    const { probe } = model("FP32", (value) => value);
    const wide = output({ name: "probabilities", shape: [-1, 3] });
    const made = await predictionReference(probe, [input], [wide, output({ name: "score" })], rows);
    expect(made.ok && made.value?.output).toBe("score");
    expect(await predictionReference(probe, [input], [wide], rows)).toEqual(succeed(undefined));
    expect(await predictionReference(probe, [input], [output()], [])).toEqual(succeed(undefined));
  });

  it("runs whole batches only of a model with a fixed number of rows", async () => {
    const { probe, batches } = model("FP32", (value) => value);
    const made = await predictionReference(probe, [{ ...input, shape: [4, 1] }], [output()], rows.slice(0, 10));
    expect(batches).toEqual([4, 4]);
    expect(made.ok && made.value?.rows).toBe(8);
  });

  it("refuses a row that the model does not take, and says which", async () => {
    const { probe } = model("FP32", (value) => value);
    const made = await predictionReference(probe, [input], [output()], [[1], ["north"]]);
    expect(made).toEqual(fail({ reason: "reference_invalid", detail: expect.stringContaining('"row":1') }));
  });
});
