/**
 * Base64url without padding (RFC 4648 §5), for texts of fixed length on the path of every prediction: tables instead of searching, two
 * characters at a time. Padded base64 is in base64.ts.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** The two characters of every 12-bit number. */
const PAIRS: readonly string[] = Array.from(
  { length: 4096 },
  (_, bits) => `${ALPHABET[bits >> 6] as string}${ALPHABET[bits & 63] as string}`,
);
const VALUE_OF_CODE = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) VALUE_OF_CODE[ALPHABET.charCodeAt(value)] = value;

/** Characters of `bytes` bytes. */
export const base64urlLength = (bytes: number): number => Math.ceil((bytes * 4) / 3);

/** The text of the first `length` bytes. */
export function bytesToBase64url(bytes: Uint8Array, length: number): string {
  let text = "";
  let at = 0;
  for (; at + 2 < length; at += 3) {
    const bits = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    text += (PAIRS[bits >> 12] as string) + (PAIRS[bits & 4095] as string);
  }
  if (at + 1 < length) {
    const bits = ((bytes[at] as number) << 10) | ((bytes[at + 1] as number) << 2);
    return text + (PAIRS[bits >> 6] as string) + (ALPHABET[bits & 63] as string);
  }
  return at < length ? text + (PAIRS[(bytes[at] as number) << 4] as string) : text;
}

/** Undefined for a text that no bytes have: another alphabet, an impossible length, or bits set beyond the last byte. */
export function base64urlToBytes(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  let written = 0;
  let bits = 0;
  let held = 0;
  let refused = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (VALUE_OF_CODE[code] as number) : -1;
    refused |= value;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[written++] = bits >> held;
  }
  // Two texts of the same bytes would be two names of one receipt.
  return refused < 0 || (bits & ((1 << held) - 1)) !== 0 ? undefined : bytes;
}
