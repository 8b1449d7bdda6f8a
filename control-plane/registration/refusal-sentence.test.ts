import { describe, expect, it } from "vitest";
import type { ArtifactRefusal } from "../failure.ts";
import { refusalSentence } from "./refusal-sentence.ts";

/** One of each reason; the compiler demands the list to be complete. */
const REFUSALS: { [Reason in ArtifactRefusal["reason"]]: Extract<ArtifactRefusal, { reason: Reason }> } = {
  artifact_too_large: { reason: "artifact_too_large", bytes: 13, max: 12 },
  digest_mismatch: { reason: "digest_mismatch", claimed: "aa", got: "bb" },
  manifest_too_large: { reason: "manifest_too_large", bytes: 13, max: 12 },
  xgboost_unreadable: { reason: "xgboost_unreadable", detail: "learner: missing" },
  xgboost_unsupported: { reason: "xgboost_unsupported", what: "reg:quantileerror", why: "no such link" },
  xgboost_too_large: { reason: "xgboost_too_large", what: "trees", count: 13, max: 12 },
  not_onnx: { reason: "not_onnx", detail: "empty" },
  external_data: { reason: "external_data", tensors: ["w", "b"] },
  operator_forbidden: { reason: "operator_forbidden", operator: "Loop", node: "n", why: "it may never end" },
  operator_unknown: { reason: "operator_unknown", operator: "my:Op", allowedDomains: ["ai.onnx"] },
  output_size_from_input: { reason: "output_size_from_input", operator: "Expand", node: "n", input: "size" },
  dimension_unbounded: { reason: "dimension_unbounded", tensor: "t", shape: [1, 1e9], max: 1e6 },
  datatype_unsupported: { reason: "datatype_unsupported", tensor: "t", onnxType: "BFLOAT16" },
  no_tensor_output: { reason: "no_tensor_output", outputs: ["o"] },
  input_unknown: { reason: "input_unknown", input: "x", known: ["y"] },
  features_mismatch: { reason: "features_mismatch", input: "x", declared: 3, columns: 4 },
  feature_duplicate: { reason: "feature_duplicate", feature: "f" },
  missing_unsupported: { reason: "missing_unsupported", input: "x", datatype: "INT64" },
  interface_unsupported: { reason: "interface_unsupported", tensor: "t", why: "it is optional" },
  examples_invalid: { reason: "examples_invalid", detail: "row 1 has 2 values" },
  expected_mismatch: { reason: "expected_mismatch", row: 3, output: "y", got: "1", expected: "2" },
  reference_invalid: { reason: "reference_invalid", detail: "x is no feature of the model" },
  session_rejected: { reason: "session_rejected", detail: "no kernel" },
  inference_failed: { reason: "inference_failed", detail: "a shape" },
  not_deterministic: { reason: "not_deterministic", where: "n", detail: "RandomNormal" },
  golden_too_large: { reason: "golden_too_large", bytes: 13, max: 12 },
  memory_over_budget: { reason: "memory_over_budget", bytes: 13, max: 12, when: "loading" },
  timed_out: { reason: "timed_out", afterMs: 1000, when: "while it loaded" },
  process_ended: { reason: "process_ended", when: "while it loaded", detail: "SIGSEGV" },
};

describe("refusalSentence", () => {
  it.each(Object.values(REFUSALS))("says what is wrong with it: $reason", (refusal) => {
    const sentence = refusalSentence(refusal);
    const { reason: _, ...evidence } = refusal;
    for (const value of Object.values(evidence).flat()) expect(sentence).toContain(String(value));
    expect(sentence).not.toMatch(/undefined|\[object/);
  });
});
