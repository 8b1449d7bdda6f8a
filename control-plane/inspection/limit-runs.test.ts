import { describe, expect, it } from "vitest";
import { REQUEST_BODY_BYTES_MAX, REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "../../contract/limits.ts";
import { elementCount, emptyTensorData, type Tensor } from "../../contract/tensor.ts";
import { limitLengths, limitRuns } from "./limit-runs.ts";
import type { ModelInput } from "./model-interface.ts";

function input(name: string, axes: (string | number)[], datatype: "FP32" | "BYTES" = "FP32"): ModelInput {
  return {
    manifest: { name, datatype, shape: axes.map((axis) => (typeof axis === "number" ? axis : -1)), missing: "refused" },
    axes: axes.map((axis) => (typeof axis === "number" ? undefined : axis)),
  };
}

/** Golden tensors with every free axis at `length`. */
const goldenOf = (inputs: ModelInput[], length = 2): Tensor[] =>
  inputs.map(({ manifest: { name, datatype, shape } }) => {
    const filled = shape.map((fixed) => (fixed === -1 ? length : fixed));
    return { name, datatype, shape: filled, data: emptyTensorData(datatype, elementCount(filled)) };
  });

const lengthsOf = (inputs: ModelInput[]) =>
  limitLengths(inputs, goldenOf(inputs)).map(({ name, lengths }) => [name, Object.fromEntries(lengths)]);

describe("lengths", () => {
  it("of rows end at the row limit", () => {
    expect(lengthsOf([input("x", ["n", 12])])).toEqual([["rows", { n: REQUEST_ROWS_MAX }]]);
  });

  it("of rows end at the element limit when rows are wide", () => {
    expect(lengthsOf([input("x", ["n", 3, 32, 32])])).toEqual([["rows", { n: Math.floor(REQUEST_ELEMENTS_MAX / 3072) }]]);
  });

  it("of other free axes grow in turn with one row, then all grow together", () => {
    expect(lengthsOf([input("ids", ["n", "s"])])).toEqual([
      ["rows", { n: REQUEST_ROWS_MAX, s: 2 }],
      ["s", { n: 1, s: REQUEST_ELEMENTS_MAX }],
      ["all free axes", { n: 1024, s: 1024 }],
    ]);
  });

  it("count the elements of all inputs", () => {
    const [rows] = lengthsOf([input("a", ["n", 100]), input("b", ["n", 100])]);
    expect(rows).toEqual(["rows", { n: Math.floor(REQUEST_ELEMENTS_MAX / 200) }]);
  });

  it("of first axes that differ in name grow together and alone", () => {
    expect(lengthsOf([input("a", ["n", 1]), input("b", ["m", 1])])).toEqual([
      ["rows", { n: REQUEST_ROWS_MAX, m: REQUEST_ROWS_MAX }],
      ["n", { n: REQUEST_ROWS_MAX, m: 1 }],
      ["m", { n: 1, m: REQUEST_ROWS_MAX }],
    ]);
  });

  it("of a fixed shape are what they are", () => {
    expect(lengthsOf([input("x", [1, 4])])).toEqual([["the fixed shape", {}]]);
  });
});

describe("tensors", () => {
  it("repeat the golden rows in order", () => {
    const inputs = [input("x", ["n", 2])];
    const golden: Tensor[] = [{ name: "x", datatype: "FP32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }];
    const [run] = [...limitRuns(inputs, golden)];
    expect(run?.tensors[0]?.shape).toEqual([REQUEST_ROWS_MAX, 2]);
    expect(run?.tensors[0]?.data.slice(0, 6)).toEqual(Float32Array.of(1, 2, 3, 4, 1, 2));
  });

  it("end with a text as long as a body, where there are texts", () => {
    const inputs = [input("x", ["n", 1], "BYTES")];
    const runs = [...limitRuns(inputs, goldenOf(inputs))];
    expect(runs.map(({ name }) => name)).toEqual(["rows", "text"]);
    expect(Array.from(runs[1]?.tensors[0]?.data as string[], ({ length }) => length)).toEqual([REQUEST_BODY_BYTES_MAX, 0]);
  });
});
