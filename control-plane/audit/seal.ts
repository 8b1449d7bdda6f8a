/** One link of the audit log's chain: what is hashed, what is signed. Pure; offline verification and the control plane share it. */
import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";

export const FIRST_PREVIOUS = "0".repeat(64);

/** A row as it stands in `audit_log`. */
export interface SealedRow {
  id: number;
  at: string;
  actorTokenId: string;
  actorName: string;
  act: string;
  model: string | null;
  number: number | null;
  reason: string | null;
  details: Record<string, unknown>;
  requestId: string;
}

/** SHA-256 of the row with the hash before it, so that no row can change, go or move without every later link telling. */
export function sealHash(row: SealedRow, previous: string, isAdopted: boolean): string {
  const { id, at, actorTokenId, actorName, act, model, number, reason, details, requestId } = row;
  const sealed = { id, at, actorTokenId, actorName, act, model, number, reason, details, requestId };
  const text = canonicalJson({ kind: "audit_row", previous, isAdopted, row: sealed as unknown as JsonValue });
  return createHash("sha256").update(text).digest("hex");
}

/** What is signed of a link. */
export const sealText = (id: number, hash: string): string => canonicalJson({ kind: "audit_seal", id, hash });
