/**
 * The keys that sign receipts: HMAC-SHA-256 (RFC 2104), truncated. Symmetric, because every isolate both signs and checks, and synchronous,
 * because signing is on the path of every prediction. What is signed is receipt.ts's business.
 *
 * A library's HMAC rather than WebCrypto's: it costs about the same in workerd (3 to 4 µs) without a promise per row, and it runs in Node.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64ToBytes } from "./base64.ts";

/** RFC 2104 §5: not less than half of the hash's 256 bits. Guessing one needs 2^128 tries at the edge, where each is counted. */
export const MAC_BYTES = 16;
export const RECEIPT_KEY_BYTES_MIN = 32;

export interface ReceiptKey {
  /** 16 bits that say which key signed, and nothing about it. */
  id: number;
  /** Writes the MAC of `message` to `into`, which takes a whole digest of 32 bytes. */
  mac(message: Uint8Array, into: Uint8Array): void;
}

/** A key from its base64. Undefined when it is not base64 or has fewer than RECEIPT_KEY_BYTES_MIN bytes. */
export function importReceiptKey(base64: string): ReceiptKey | undefined {
  const bytes = base64ToBytes(base64);
  if (bytes === undefined || bytes.byteLength < RECEIPT_KEY_BYTES_MIN) return undefined;
  // Made once: what HMAC does with the key alone is half of its work. `_cloneInto` is how the library's own PBKDF2 uses it.
  const keyed = hmac.create(sha256, bytes);
  let scratch = keyed.clone();
  const name = hmac(sha256, bytes, KEY_NAME);
  return {
    id: ((name[0] as number) << 8) | (name[1] as number),
    mac(message, into) {
      scratch = keyed._cloneInto(scratch);
      scratch.update(message).digestInto(into);
    },
  };
}

/** A message that no receipt is: a receipt's is longer. */
const KEY_NAME = utf8ToBytes("edgewise key id");

/** Whether `mac` begins with the MAC_BYTES bytes at `from` of `bytes`, in a time that does not depend on where they differ. */
export function isSameMac(mac: Uint8Array, bytes: Uint8Array, from: number): boolean {
  let difference = 0;
  for (let at = 0; at < MAC_BYTES; at++) difference |= (mac[at] as number) ^ (bytes[from + at] as number);
  return difference === 0;
}
