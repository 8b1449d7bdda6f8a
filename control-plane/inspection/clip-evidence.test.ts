import { expect, it } from "vitest";
import { clipEvidence } from "./clip-evidence.ts";
import { DETAIL_CHARACTERS_MAX, EVIDENCE_ITEMS_MAX } from "./inspection-limits.ts";

it("cuts long texts and lists, also texts in lists, and leaves the rest", () => {
  const long = "x".repeat(10_000);
  const cut = `${"x".repeat(DETAIL_CHARACTERS_MAX)}…`;
  expect(clipEvidence({ reason: "not_onnx", detail: long })).toEqual({ reason: "not_onnx", detail: cut });
  const tensors = Array.from({ length: 1_000 }, () => long);
  const clipped = clipEvidence({ reason: "external_data", tensors });
  expect(clipped).toEqual({ reason: "external_data", tensors: Array.from({ length: EVIDENCE_ITEMS_MAX }, () => cut) });
  const whole = { reason: "dimension_unbounded", tensor: "y", shape: [-1, 3], max: 2 } as const;
  expect(clipEvidence({ ...whole, shape: [...whole.shape] })).toEqual(whole);
});
