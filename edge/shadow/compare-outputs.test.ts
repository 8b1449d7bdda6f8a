import { describe, expect, it } from "vitest";
import type { Tensor } from "../../contract/tensor.ts";
import { compareOutputs } from "./compare-outputs.ts";

const numbers = (values: number[], width = 1, name = "y"): Tensor => ({
  name,
  datatype: "FP32",
  shape: [values.length / width, width],
  data: Float32Array.from(values),
});
const texts = (values: string[]): Tensor => ({ name: "label", datatype: "BYTES", shape: [values.length], data: values });
const integers = (values: number[]): Tensor => ({
  name: "label",
  datatype: "INT64",
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});
const TENTH = { absolute: 0, relative: 0.1 };
const output = { name: "y", datatype: "FP32" as const, shape: [-1, 1] };

describe("two regressors", () => {
  it("agree within the tolerance and disagree beyond it, each difference with its sign", () => {
    const compared = compareOutputs([numbers([10, 10, 10, 0])], [numbers([11, 8, 10, 0])], [output], TENTH);
    expect(compared).toEqual({ agreed: 3, disagreed: 1, notFinite: 0, differences: [1, -2, 0, 0] });
  });

  it("are told apart from an error that the shadow adds", () => {
    const compared = compareOutputs([numbers([1, 1, 1])], [numbers([NaN, Infinity, 1])], [output], TENTH);
    expect(compared).toEqual({ agreed: 1, disagreed: 0, notFinite: 2, differences: [0] });
  });

  it("agree on a NaN that both give, and disagree on one that only the answer has", () => {
    const compared = compareOutputs([numbers([NaN, NaN])], [numbers([NaN, 1])], [output], TENTH);
    expect(compared).toEqual({ agreed: 1, disagreed: 1, notFinite: 0, differences: [] });
  });

  it("differ in a row of several values by the largest of them", () => {
    const compared = compareOutputs([numbers([1, 2, 3, 4], 2)], [numbers([1, 2.5, 2, 4], 2)], [output], TENTH);
    expect(compared).toEqual({ agreed: 0, disagreed: 2, notFinite: 0, differences: [0.5, -1] });
  });

  it("cannot be compared when their outputs are not alike", () => {
    expect(compareOutputs([numbers([1, 2])], [numbers([1])], [output], TENTH)).toBeUndefined();
    expect(compareOutputs([numbers([1])], [numbers([1], 1, "z")], [output], TENTH)).toBeUndefined();
    expect(compareOutputs([numbers([1])], [], [output], TENTH)).toBeUndefined();
  });
});

describe("two classifiers", () => {
  it.each([
    ["texts", texts(["a", "b"]), texts(["a", "c"])],
    ["integers", integers([1, 2]), integers([1, 3])],
  ])("disagree where their labels of %s differ, however far their probabilities are apart", (_, answer, shadow) => {
    const compared = compareOutputs([answer, numbers([0.6, 0.6])], [shadow, numbers([0.1, 0.6])], [output], TENTH);
    expect(compared).toMatchObject({ agreed: 1, disagreed: 1, notFinite: 0 });
    expect(compared?.differences[0]).toBeCloseTo(-0.5, 6);
  });

  it("that give only named probabilities disagree where the largest is another", () => {
    const named = { ...output, shape: [-1, 3], labels: ["a", "b", "c"] };
    const answer = numbers([0.5, 0.3, 0.2, 0.5, 0.3, 0.2], 3);
    const shadow = numbers([0.4, 0.35, 0.25, 0.3, 0.5, 0.2], 3);
    expect(compareOutputs([answer], [shadow], [named], TENTH)).toMatchObject({ agreed: 1, disagreed: 1 });
  });
});
