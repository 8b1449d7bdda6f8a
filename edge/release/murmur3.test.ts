import { describe, expect, it } from "vitest";
import { murmur3 } from "./murmur3.ts";

/** Text, seed, hash: the published vectors of MurmurHash3_x86_32 (the table of Wikipedia's article "MurmurHash", and those of smhasher). */
const VECTORS: [string, number, number][] = [
  ["", 0x00000000, 0x00000000],
  ["", 0x00000001, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["test", 0x00000000, 0xba6bd213],
  ["test", 0x9747b28c, 0x704b81dc],
  ["Hello, world!", 0x00000000, 0xc0363e43],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["The quick brown fox jumps over the lazy dog", 0x00000000, 0x2e4ff723],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
];

describe("murmur3", () => {
  it.each(VECTORS)("of %j with seed %i is %i", (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });
});
