import { describe, expect, it } from "vitest";
import type { Tensor } from "../../contract/tensor.ts";
import { compareExpected } from "./expected-values.ts";

const TOLERANCE = { absolute: 0.001, relative: 0.01 };
const floats = (name: string, shape: number[], values: number[]): Tensor => ({
  name,
  datatype: "FP32",
  shape,
  data: Float32Array.from(values),
});
const compare = (expected: unknown[], outputs: Tensor[], labels?: string[]) => {
  const described = outputs.map(({ name, datatype, shape }) => ({
    name,
    datatype,
    shape: [...shape],
    ...(labels ? { labels } : {}),
  }));
  return compareExpected(expected, outputs, described, TOLERANCE);
};
const same = { ok: true, value: true };
const mismatch = (row: number, output: string, got: string, expected: string) => ({
  ok: false,
  failure: { reason: "expected_mismatch", row, output, got, expected },
});
const invalid = { ok: false, failure: expect.objectContaining({ reason: "examples_invalid" }) as unknown };

describe("one output", () => {
  const two = floats("y", [2, 1], [1, 100]);

  it("agrees within the absolute and the relative tolerance together", () => {
    expect(compare([1.0105, 101], [two])).toEqual(same);
    expect(compare([1.02, 100], [two])).toEqual(mismatch(0, "y", "1", "1.02"));
    expect(compare([1, 102], [two])).toEqual(mismatch(1, "y", "100", "102"));
  });

  it("never agrees on NaN, infinity or anything that is not a number", () => {
    const nan = floats("y", [1, 1], [NaN]);
    expect(compare([NaN], [nan])).toEqual(mismatch(0, "y", "NaN", "NaN"));
    expect(compare([null], [nan])).toEqual(mismatch(0, "y", "NaN", "null"));
    expect(compare([NaN], [floats("y", [1], [1])])).toEqual(mismatch(0, "y", "1", "NaN"));
    expect(compare(["1"], [floats("y", [1], [1])])).toEqual(mismatch(0, "y", "1", "1"));
  });

  it("may be an array per row, or an object by class", () => {
    const wide = floats("y", [2, 2], [1, 2, 3, 4]);
    expect(
      compare(
        [
          [1, 2],
          [3, 4],
        ],
        [wide],
      ),
    ).toEqual(same);
    expect(
      compare(
        [
          [1, 2],
          [3, 9],
        ],
        [wide],
      ),
    ).toEqual(mismatch(1, "y[1]", "4", "9"));
    expect(
      compare(
        [
          { b: 2, a: 1 },
          { a: 3, b: 4 },
        ],
        [wide],
        ["a", "b"],
      ),
    ).toEqual(same);
    expect(
      compare(
        [
          { b: 1, a: 2 },
          { a: 3, b: 4 },
        ],
        [wide],
        ["a", "b"],
      ),
    ).toEqual(mismatch(0, "y[a]", "1", "2"));
  });

  it("must have as many values", () => {
    expect(compare([[1], [2]], [floats("y", [2, 2], [1, 2, 3, 4])])).toEqual(invalid);
    expect(compare([1, 2], [floats("y", [3], [1, 2, 3])])).toEqual(invalid);
    expect(compare([1, 1], [floats("y", [1], [1])])).toEqual(invalid);
  });
});

describe("several outputs", () => {
  const label: Tensor = { name: "label", datatype: "BYTES", shape: [2], data: ["a", "b"] };
  const wide: Tensor = { name: "wide", datatype: "INT64", shape: [2], data: BigInt64Array.of(2n ** 53n + 1n, 5n) };
  const flag: Tensor = { name: "flag", datatype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) };

  it("are compared exactly, by name, those that are given", () => {
    const outputs = [label, wide, flag];
    expect(
      compare(
        [
          { label: "a", wide: 2n ** 53n + 1n, flag: true },
          { label: "b", wide: 5, flag: false },
        ],
        outputs,
      ),
    ).toEqual(same);
    expect(compare([{ label: "a" }, { wide: 6 }], outputs)).toEqual(mismatch(1, "wide", "5", "6"));
    expect(compare([{ wide: 2n ** 53n }, { wide: 5 }], outputs)).toEqual(
      mismatch(0, "wide", "9007199254740993", "9007199254740992"),
    );
    expect(compare([{ wide: 2n ** 53n + 1n }, { wide: 4.5 }], outputs)).toEqual(mismatch(1, "wide", "5", "4.5"));
    expect(compare([{ label: "A" }, { label: "b" }], outputs)).toEqual(mismatch(0, "label", "a", "A"));
    expect(compare([{ flag: true }, { flag: true }], outputs)).toEqual(mismatch(1, "flag", "0", "true"));
  });

  it.each([[[1, 2]], [[{ other: 1 }, { label: "b" }]], [[{}, {}]], [[null, null]], [[["a"], ["b"]]]])(
    "are not %j",
    (expected) => {
      expect(compare(expected, [label, wide])).toEqual(invalid);
    },
  );
});
