/**
 * MurmurHash3, x86, 32 bits (Austin Appleby, public domain; https://github.com/aappleby/smhasher). It spreads callers' keys evenly; it is no
 * defence: whoever may choose a key may also look for one that lands where he likes.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** An unsigned 32-bit number of the text's UTF-8 bytes. */
export function murmur3(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const tail = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < tail; at += 4) {
    const block =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    hash ^= mixed(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= tail; at--) rest = (rest << 8) | byteAt(bytes, at);
  if (tail < bytes.length) hash ^= mixed(rest);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(block: number): number {
  const product = Math.imul(block, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] as number;
