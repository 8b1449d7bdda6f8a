import { expect, it } from "vitest";
import type { ManifestInput } from "../../contract/manifest.ts";
import { sharedEncoders } from "./shared-encoders.ts";

const input = (more: Partial<ManifestInput> = {}): ManifestInput[] => [
  { name: "x", datatype: "FP32", shape: [-1, 1], features: ["x"], missing: "nan", ...more },
];

it("encodes a batch once for all versions with the same inputs, and every batch anew", () => {
  const encoderFor = sharedEncoders();
  const batch = [[1], [null]];
  const encoded = encoderFor(input())(batch);
  expect(encoded).toMatchObject({ ok: true, value: [{ data: Float32Array.of(1, Number.NaN) }] });
  expect(encoderFor(input())(batch)).toBe(encoded);
  expect(encoderFor(input())([[2], [3]])).toMatchObject({ value: [{ data: Float32Array.of(2, 3) }] });
  expect(encoderFor(input())(batch)).toEqual(encoded);
});

it("has an encoder of its own for other inputs", () => {
  const encoderFor = sharedEncoders();
  const batch = [[null]];
  expect(encoderFor(input())(batch).ok).toBe(true);
  expect(encoderFor(input({ missing: "refused" }))(batch)).toMatchObject({
    ok: false,
    failure: { reason: "value_missing", row: 0 },
  });
});
