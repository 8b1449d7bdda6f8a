/** What an artifact was refused for, in a sentence for the person who sent it. Pure and exhaustive. */
import { conversionSentence } from "../conversion/conversion-sentence.ts";
import type { ArtifactRefusal } from "../failure.ts";

export function refusalSentence(refusal: ArtifactRefusal): string {
  switch (refusal.reason) {
    case "artifact_too_large":
      return `the artifact has ${refusal.bytes} bytes, and the limit is ${refusal.max}`;
    case "digest_mismatch":
      return `the upload's SHA-256 is ${refusal.got}, not the claimed ${refusal.claimed}`;
    case "manifest_too_large":
      return `the manifest would have ${refusal.bytes} bytes, and the limit is ${refusal.max}: give fewer or smaller examples`;
    case "xgboost_unreadable":
    case "xgboost_unsupported":
    case "xgboost_too_large":
      return conversionSentence(refusal);
    case "not_onnx":
      return `the artifact is not an ONNX model: ${refusal.detail}`;
    case "external_data":
      return `the data of ${refusal.tensors.join(", ")} is in another file: save the model with all of its data inside`;
    case "operator_forbidden":
      return `node ${refusal.node} uses ${refusal.operator}, which the edge does not run: ${refusal.why}`;
    case "operator_unknown":
      return `the edge does not know the operator ${refusal.operator}; it has those of ${refusal.allowedDomains.join(", ")}`;
    case "output_size_from_input":
      return (
        `node ${refusal.node} (${refusal.operator}) makes a tensor whose size a caller sets by the values of ${refusal.input}: ` +
        "give the size as a constant"
      );
    case "dimension_unbounded":
      return `tensor ${refusal.tensor} has the shape [${refusal.shape.join(", ")}], over the limit of ${refusal.max}`;
    case "datatype_unsupported":
      return `tensor ${refusal.tensor} is of the type ${refusal.onnxType}, which cannot be sent or answered`;
    case "no_tensor_output":
      return `no output of the model is a tensor (${refusal.outputs.join(", ")})`;
    case "input_unknown":
      return `the metadata names the input ${refusal.input}; the model has ${refusal.known.join(", ")}`;
    case "features_mismatch":
      return refusal.columns === null
        ? `the metadata gives ${refusal.declared} features for input ${refusal.input}, which has no fixed number of columns`
        : `the metadata gives ${refusal.declared} features for input ${refusal.input}, which has ${refusal.columns} columns`;
    case "feature_duplicate":
      return `the feature ${refusal.feature} is there twice`;
    case "missing_unsupported":
      return `input ${refusal.input} is ${refusal.datatype}, which has no NaN, so a missing value cannot be allowed`;
    case "interface_unsupported":
      return `tensor ${refusal.tensor} cannot be served: ${refusal.why}`;
    case "examples_invalid":
      return `the examples do not fit the model: ${refusal.detail}`;
    case "expected_mismatch":
      return `row ${refusal.row} of the examples gives ${refusal.got} for ${refusal.output}, not the expected ${refusal.expected}`;
    case "reference_invalid":
      return `the reference does not fit the model: ${refusal.detail}`;
    case "session_rejected":
      return `the runtime does not load the model: ${refusal.detail}`;
    case "inference_failed":
      return `the model loads but does not run: ${refusal.detail}`;
    case "not_deterministic":
      return `the model does not give the same answer twice (${refusal.where}): ${refusal.detail}`;
    case "golden_too_large":
      return `the golden rows would have ${refusal.bytes} bytes, and the limit is ${refusal.max}: give fewer or smaller examples`;
    case "memory_over_budget":
      return `the model takes ${refusal.bytes} bytes of memory ${refusal.when}, and the limit is ${refusal.max}`;
    case "timed_out":
      return `the inspection was ended after ${refusal.afterMs} ms, ${refusal.when}`;
    case "process_ended":
      return `the runtime ended ${refusal.when}: ${refusal.detail}`;
  }
}
