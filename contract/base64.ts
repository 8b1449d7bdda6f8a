/** Base64 (RFC 4648 §4) of bytes, without a runtime's own: Node's Buffer and the browser's atob are each missing in the other's types. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF_CODE = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) VALUE_OF_CODE[ALPHABET.charCodeAt(value)] = value;

export function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    text += (ALPHABET[a >> 2] as string) + (ALPHABET[((a & 3) << 4) | (b >> 4)] as string);
    text += at + 1 < bytes.length ? ALPHABET[((b & 15) << 2) | (c >> 6)] : "=";
    text += at + 2 < bytes.length ? ALPHABET[c & 63] : "=";
  }
  return text;
}

/** Bytes of padded base64; undefined when the text is not base64. */
export function base64ToBytes(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let written = 0;
  for (let at = 0; at < text.length; at += 4) {
    let bits = 0;
    for (let offset = 0; offset < 4; offset++) {
      const isPadding = at + offset >= text.length - padding;
      const value = isPadding ? 0 : (VALUE_OF_CODE[text.charCodeAt(at + offset)] ?? -1);
      if (value < 0) return undefined;
      bits = (bits << 6) | value;
    }
    for (let shift = 16; shift >= 0 && written < bytes.length; shift -= 8) bytes[written++] = (bits >> shift) & 255;
  }
  return bytes;
}
