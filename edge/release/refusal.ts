/** Why a release is not served, with the evidence. The reasons are contract/refusal.ts's closed set, one arm each. */
import type { RefusalReason } from "../../contract/refusal.ts";

export type Refusal =
  | { reason: "release_missing" }
  | { reason: "release_unreadable"; detail: string }
  | { reason: "release_schema_unknown"; detail: string }
  | { reason: "release_signature_invalid" }
  | { reason: "release_model_mismatch"; got: string }
  | { reason: "generation_lower"; got: number; serving: number }
  | { reason: "object_missing"; key: string }
  | { reason: "object_unreadable"; key: string; detail: string }
  | { reason: "artifact_too_large"; bytes: number; max: number }
  | { reason: "digest_mismatch"; key: string; got: string }
  | { reason: "manifest_invalid"; detail: string }
  | { reason: "session_rejected"; detail: string }
  | { reason: "memory_exhausted"; detail: string }
  | { reason: "golden_mismatch"; output: string; at: number; got: string; expected: string };

/** Compile-time proof that the union and the contract's set name the same reasons. */
export const refusalReason = (refusal: Refusal): RefusalReason => refusal.reason satisfies RefusalReason;
