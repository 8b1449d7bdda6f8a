import { describe, expect, it } from "vitest";
import { instancesToTensors } from "./instances.ts";
import { REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "./limits.ts";
import type { ManifestInput } from "./manifest.ts";

const table: ManifestInput[] = [
  { name: "features", datatype: "FP32", shape: [-1, 3], features: ["a", "b", "c"], missing: "nan" },
];
const mixed: ManifestInput[] = [
  { name: "city", datatype: "BYTES", shape: [-1, 1], missing: "refused" },
  { name: "age", datatype: "INT64", shape: [-1], missing: "refused" },
  { name: "rates", datatype: "FP64", shape: [-1, 2], missing: "refused" },
];
const image: ManifestInput[] = [{ name: "image", datatype: "UINT8", shape: [-1, 1, 2, 2], missing: "refused" }];
const free: ManifestInput[] = [{ name: "tokens", datatype: "INT32", shape: [-1, -1], missing: "refused" }];

const reason = (instances: unknown[], inputs = table) => {
  const outcome = instancesToTensors(instances, inputs);
  return outcome.ok ? "ok" : outcome.failure;
};

describe("rows of columns", () => {
  it("are objects by feature name in any order, or arrays in order", () => {
    const expected = { name: "features", datatype: "FP32", shape: [2, 3], data: new Float32Array([1, 2, NaN, 4, 5, 6]) };
    const asObjects = instancesToTensors(
      [
        { c: null, a: 1, b: 2 },
        { a: 4, b: 5, c: 6 },
      ],
      table,
    );
    const asArrays = instancesToTensors(
      [
        [1, 2, null],
        [4, 5, 6],
      ],
      table,
    );
    expect(asObjects).toEqual({ ok: true, value: [expected] });
    expect(asArrays).toEqual({ ok: true, value: [expected] });
  });

  it("may name an input and give its columns as an array", () => {
    expect(instancesToTensors([{ features: [1, 2, 3] }], table)).toMatchObject({
      ok: true,
      value: [{ shape: [1, 3], data: new Float32Array([1, 2, 3]) }],
    });
  });

  it("spread over several named inputs, int64 past 2^53 exact", () => {
    const outcome = instancesToTensors([{ city: "Ulm", age: 9007199254740993n, rates: [0.1, 0.2] }, ["Bonn", -1, 3, 4]], mixed);
    expect(outcome).toMatchObject({
      ok: true,
      value: [
        { shape: [2, 1], data: ["Ulm", "Bonn"] },
        { shape: [2], data: new BigInt64Array([9007199254740993n, -1n]) },
        { shape: [2, 2], data: new Float64Array([0.1, 0.2, 3, 4]) },
      ],
    });
  });
});

describe("rows of nested arrays", () => {
  it("fill an image input", () => {
    expect(
      instancesToTensors(
        [
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
          {
            image: [
              [
                [5, 6],
                [7, 8],
              ],
            ],
          },
        ],
        image,
      ),
    ).toMatchObject({
      ok: true,
      value: [{ shape: [2, 1, 2, 2], data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) }],
    });
  });

  it("give a free axis its length by the first row, and the others must agree", () => {
    expect(
      instancesToTensors(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        free,
      ),
    ).toMatchObject({ ok: true, value: [{ shape: [2, 3] }] });
    expect(
      reason(
        [
          [1, 2, 3],
          [4, 5],
        ],
        free,
      ),
    ).toMatchObject({ reason: "array_shape", row: 1 });
  });
});

describe("what is wrong is named", () => {
  it.each([
    ["no rows", [], table, { reason: "rows_none" }],
    ["a number for a row", [7], table, { reason: "row_not_row", row: 0, got: "7" }],
    ["null for a row", [[1, 2, 3], null], table, { reason: "row_not_row", row: 1, got: "null" }],
    ["a short row", [[1, 2]], table, { reason: "row_length", row: 0, got: 2, expected: 3 }],
    ["an absent feature", [{ a: 1, b: 2 }], table, { reason: "feature_missing", feature: "c" }],
    ["an unknown feature", [{ a: 1, b: 2, c: 3, d: 4 }], table, { reason: "feature_unknown", feature: "d" }],
    ["__proto__", [JSON.parse('{"a":1,"b":2,"c":3,"__proto__":4}')], table, { reason: "feature_unknown", feature: "__proto__" }],
    [
      "a name of Object.prototype",
      [{ a: 1, b: 2 }],
      [{ ...table[0], features: ["a", "b", "toString"] }],
      { reason: "feature_missing", feature: "toString" },
    ],
    ["a missing value that is not allowed", [["x", 1, null, 2]], mixed, { reason: "value_missing", feature: "rates[0]" }],
    ["a text for a number", [[1, "2", 3]], table, { reason: "value_invalid", feature: "b", got: 'the text "2"' }],
    ["an infinite number", [[1, Infinity, 3]], table, { reason: "value_invalid", feature: "b", got: "Infinity" }],
    ["a number that float32 cannot hold", [[1, 3.5e38, 3]], table, { reason: "value_invalid", feature: "b", got: "3.5e+38" }],
    ["a fraction for an integer", [["x", 1.5, 1, 2]], mixed, { reason: "value_invalid", feature: "age", got: "1.5" }],
    ["an integer past int64", [["x", 2n ** 63n, 1, 2]], mixed, { reason: "value_invalid", feature: "age" }],
    ["a rounded integer", [["x", 2 ** 60, 1, 2]], mixed, { reason: "value_invalid", feature: "age" }],
    [
      "256 for a byte",
      [
        [
          [
            [1, 2],
            [3, 256],
          ],
        ],
      ],
      image,
      { reason: "value_invalid", feature: "image", got: "256" },
    ],
    ["true for a number", [[true, 2, 3]], table, { reason: "value_invalid", feature: "a", got: "true" }],
  ])("%s", (_, instances, inputs, expected) => {
    expect(reason(instances as unknown[], inputs as ManifestInput[])).toMatchObject(expected);
  });

  it("too many rows, too many elements, before anything of that size is allocated", () => {
    expect(reason(Array.from({ length: REQUEST_ROWS_MAX + 1 }, () => [1, 2, 3]))).toMatchObject({ reason: "rows_too_many" });
    const wide: ManifestInput[] = [{ name: "w", datatype: "FP32", shape: [-1, 2000], missing: "refused" }];
    const rows = Math.floor(REQUEST_ELEMENTS_MAX / 2000) + 1;
    expect(
      reason(
        Array.from({ length: rows }, () => []),
        wide,
      ),
    ).toMatchObject({ reason: "elements_too_many" });
  });

  it("a fixed number of rows", () => {
    expect(reason([[1], [2]], [{ name: "one", datatype: "FP32", shape: [1, 1], missing: "refused" }])).toMatchObject({
      reason: "rows_fixed",
      expected: 1,
    });
  });
});
