/**
 * A KV value into a release that may be believed: JSON, known schema, right model, valid signature. No I/O but WebCrypto.
 * The private key stays with the control plane, so whoever can write KV or R2 still cannot change an answer.
 */
import type * as z from "zod";
import { base64ToBytes } from "../../contract/base64.ts";
import { release, signedText, stagedRecord, type Release, type StagedRecord } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Refusal } from "./refusal.ts";

/** Ed25519 public keys from base64 of their 32 raw bytes. */
export async function importPublicKeys(keys: readonly string[]): Promise<CryptoKey[]> {
  return Promise.all(
    keys.map((key) => crypto.subtle.importKey("raw", base64ToBytes(key) as Uint8Array, { name: "Ed25519" }, false, ["verify"])),
  );
}

export async function verifyRelease(text: string, model: string, keys: readonly CryptoKey[]): Promise<Result<Release, Refusal>> {
  return verifyRecord(release, text, model, keys);
}

export async function verifyStaged(
  text: string,
  model: string,
  keys: readonly CryptoKey[],
): Promise<Result<StagedRecord, Refusal>> {
  return verifyRecord(stagedRecord, text, model, keys);
}

async function verifyRecord<Schema extends z.ZodType<Release | StagedRecord>>(
  schema: Schema,
  text: string,
  model: string,
  keys: readonly CryptoKey[],
): Promise<Result<z.infer<Schema>, Refusal>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail({ reason: "release_unreadable", detail: "not JSON" });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail({ reason: "release_schema_unknown", detail: `${issue?.path.join(".") || "record"}: ${issue?.message}` });
  }
  const record = parsed.data;
  const signature = base64ToBytes(record.signature) as Uint8Array;
  const signed = new TextEncoder().encode(signedText(record));
  let isGenuine = false;
  for (const key of keys) isGenuine ||= await crypto.subtle.verify("Ed25519", key, signature, signed);
  if (!isGenuine) return fail({ reason: "release_signature_invalid" });
  // After the signature: a genuine release of another model, moved to this key, is a swap and must not be served here.
  if (record.model !== model) return fail({ reason: "release_model_mismatch", got: record.model });
  return succeed(record);
}
