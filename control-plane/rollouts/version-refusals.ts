/** Which refusals of a release are the version's doing, and which the storage's or the network's on the way to it. Pure. */
import type { RefusalReason } from "../../contract/refusal.ts";

const IS_OF_VERSION: Record<RefusalReason, boolean> = {
  release_missing: false,
  release_unreadable: false,
  release_schema_unknown: false,
  release_signature_invalid: false,
  release_model_mismatch: false,
  generation_lower: false,
  object_missing: false,
  object_unreadable: false,
  artifact_too_large: true,
  digest_mismatch: true,
  manifest_invalid: true,
  session_rejected: true,
  memory_exhausted: true,
  golden_mismatch: true,
};

export const isRefusalOfVersion = (reason: string | undefined): boolean =>
  reason !== undefined && Object.hasOwn(IS_OF_VERSION, reason) && IS_OF_VERSION[reason as RefusalReason];
