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

/**
 * Writes the text's bytes to the beginning of `into`, which has room for them, and returns their number; -1 for a text that no bytes have: another
 * alphabet, an impossible length, or bits set beyond the last byte.
 */
export function base64urlToBytes(text: string, into: Uint8Array): number {
  const { length } = text;
  const rest = length & 3;
  if (rest === 1) return -1;
  let written = 0;
  // Negative as soon as any character is none of the alphabet's.
  let refused = 0;
  const whole = length - rest;
  for (let at = 0; at < whole; at += 4) {
    const bits = (valueAt(text, at) << 18) | (valueAt(text, at + 1) << 12) | (valueAt(text, at + 2) << 6) | valueAt(text, at + 3);
    refused |= bits;
    into[written++] = bits >> 16;
    into[written++] = bits >> 8;
    into[written++] = bits;
  }
  if (rest > 0) {
    const bits = (valueAt(text, whole) << 12) | (valueAt(text, whole + 1) << 6) | (rest === 3 ? valueAt(text, whole + 2) : 0);
    refused |= bits;
    into[written++] = bits >> 10;
    if (rest === 3) into[written++] = bits >> 2;
    // Two texts of the same bytes would be two names of one receipt.
    if ((bits & (rest === 3 ? 0x3 : 0x3ff)) !== 0) return -1;
  }
  return refused < 0 ? -1 : written;
}

function valueAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (VALUE_OF_CODE[code] as number) : -1;
}
