import { describe, expect, it } from "vitest";
import { predictionTexts } from "./predictions.ts";
import type { Tensor } from "./tensor.ts";

const texts = (outputs: Tensor[], rows: number, labels?: (string | number)[]) => {
  const outcome = predictionTexts(outputs, rows, [
    { name: "p", datatype: "FP32", shape: [-1, -1], ...(labels ? { labels } : {}) },
  ]);
  return outcome.ok ? `[${outcome.value.join(",")}]` : outcome.failure;
};
const floats = (shape: number[], ...values: number[]): Tensor => ({
  name: "p",
  datatype: "FP32",
  shape,
  data: new Float32Array(values),
});

describe("predictions", () => {
  it("are scalars when the output has one column or none", () => {
    expect(texts([floats([2, 1], 1.5, 2)], 2)).toBe("[1.5,2]");
    expect(texts([floats([2], 1.5, 2)], 2)).toBe("[1.5,2]");
  });

  it("are arrays when it is wider, nested when it is deeper", () => {
    expect(texts([floats([2, 2], 1, 2, 3, 4)], 2)).toBe("[[1,2],[3,4]]");
    expect(texts([floats([1, 2, 2], 1, 2, 3, 4)], 1)).toBe("[[[1,2],[3,4]]]".slice(0));
    expect(texts([floats([2, 1, 1], 1, 2)], 2)).toBe("[[[1]],[[2]]]");
  });

  it("are objects by class where the classes have names", () => {
    expect(texts([floats([1, 2], 0.25, 0.75)], 1, ["low", 'hi"gh'])).toBe('[{"low":0.25,"hi\\"gh":0.75}]');
  });

  it("are objects by output where there are several, int64 with every digit", () => {
    const label: Tensor = { name: "label", datatype: "INT64", shape: [2], data: new BigInt64Array([9007199254740993n, -1n]) };
    const flag: Tensor = { name: "flag", datatype: "BOOL", shape: [2, 1], data: new Uint8Array([1, 0]) };
    const text: Tensor = { name: "t", datatype: "BYTES", shape: [2], data: ['a"', "b"] };
    expect(texts([label, flag, text], 2)).toBe(
      '[{"label":9007199254740993,"flag":true,"t":"a\\""},{"label":-1,"flag":false,"t":"b"}]',
    );
  });

  it("that JSON cannot carry are a problem with its row, never null", () => {
    expect(texts([floats([2, 1], 1, NaN)], 2)).toEqual({ reason: "output_not_finite", row: 1, output: "p", got: "NaN" });
    expect(texts([floats([1, 1], -Infinity)], 1)).toMatchObject({ reason: "output_not_finite", got: "-Infinity" });
  });

  it("of an output without a row axis are given whole for one row and refused for several", () => {
    expect(texts([floats([3], 1, 2, 3)], 1)).toBe("[[1,2,3]]");
    expect(texts([floats([3], 1, 2, 3)], 2)).toMatchObject({ reason: "output_not_per_row" });
  });
});
