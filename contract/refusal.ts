/** Why the edge refused to serve a release: the closed set of reasons, each a label value of `model_refusals_total`. */
export const REFUSAL_REASONS = {
  release_missing: "KV has no release for this model (null: never published, deleted, or a cached miss)",
  release_unreadable: "the KV value is not JSON, too large, or KV did not answer in time",
  release_schema_unknown: "the KV value is JSON of a schema that this Worker does not know",
  release_signature_invalid: "no configured public key verifies the release",
  release_model_mismatch: "the release was signed for another model",
  generation_lower: "the release is older than the one this isolate serves",
  object_missing: "R2 has no object under the key in the release",
  object_unreadable: "R2 did not answer, or not in time",
  artifact_too_large: "the artifact is over the size cap",
  digest_mismatch: "the bytes are not those that the release names",
  manifest_invalid: "the manifest does not parse or does not belong to this version",
  session_rejected: "onnxruntime could not create a session from the bytes",
  memory_exhausted: "the WASM memory budget of the isolate does not hold the model",
  golden_mismatch: "the golden rows did not give the recorded outputs",
} as const;

export type RefusalReason = keyof typeof REFUSAL_REASONS;
