import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { numericFromBytes, recordToTensor, tensorToRecord } from "./tensor-bytes.ts";

describe("base64", () => {
  it("agrees with Node's own for every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(bytesToBase64(bytes)).toBe(text);
        expect(base64ToBytes(text)).toEqual(bytes);
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });

  it.each(["abc", "ab=c", "a===", "ab c", "äöü=", "ab\n="])("refuses %j", (text) => {
    expect(base64ToBytes(text)).toBeUndefined();
  });
});

describe("a tensor record", () => {
  it("carries NaN, infinities, -0 and int64 past 2^53 to the bit", () => {
    const floats = {
      name: "f",
      datatype: "FP32" as const,
      shape: [5],
      data: new Float32Array([NaN, Infinity, -Infinity, -0, 1e-45]),
    };
    const integers = {
      name: "i",
      datatype: "INT64" as const,
      shape: [2, 1],
      data: new BigInt64Array([2n ** 63n - 1n, -(2n ** 63n)]),
    };
    const texts = { name: "t", datatype: "BYTES" as const, shape: [2], data: ["", "naïve\u0000"] };
    for (const tensor of [floats, integers, texts]) {
      expect(recordToTensor(JSON.parse(JSON.stringify(tensorToRecord(tensor))) as never)).toEqual(tensor);
    }
  });

  it("that does not fill its shape is no tensor", () => {
    const record = tensorToRecord({ name: "f", datatype: "FP32", shape: [2], data: new Float32Array(2) });
    expect(recordToTensor({ ...record, shape: [3] })).toBeUndefined();
    expect(recordToTensor({ name: "t", shape: [2], datatype: "BYTES", encoding: "strings", data: ["one"] })).toBeUndefined();
  });
});

it("bytes of a BOOL tensor are 0 or 1 and nothing else", () => {
  expect(numericFromBytes("BOOL", 2, new Uint8Array([0, 1]))).toEqual(new Uint8Array([0, 1]));
  expect(numericFromBytes("BOOL", 2, new Uint8Array([0, 2]))).toBeUndefined();
});
