/** UBJSON read defensively: real files whole, broken ones refused without a crash and without the memory that they ask for. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../inspection/seeded-random.ts";
import { JSON_DEPTH_MAX, UBJSON_VALUES_MAX } from "../conversion-limits.ts";
import { convertXgboost } from "./convert.ts";
import { parseUbjson, UbjsonError } from "./ubjson.ts";

const real = readFileSync(new URL("./fixtures/categorical.ubj", import.meta.url));
const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
const name = (text: string): Buffer => bytes("L", int64(BigInt(text.length)), text);

describe("UBJSON", () => {
  it("is read with every kind of value that XGBoost writes", () => {
    const file = bytes(
      "{",
      name("a"),
      "i",
      Buffer.of(0xff),
      name("b"),
      "U",
      Buffer.of(200),
      name("c"),
      "I",
      Buffer.of(0xff, 0xfe),
      name("d"),
      "Z",
      name("e"),
      "[#L",
      int64(2n),
      "TF",
      name("f"),
      "[TT]",
      name("g"),
      "S",
      name("text"),
      name("h"),
      "[$l#L",
      int64(2n),
      Buffer.of(0, 0, 0, 1, 255, 255, 255, 255),
      name("i"),
      "d",
      Buffer.of(0x3f, 0xc0, 0, 0),
      name("j"),
      "[$L#L",
      int64(1n),
      int64(7n),
      name("k"),
      "D",
      Buffer.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0),
      "}",
    );
    expect({ ...(parseUbjson(file) as object) }).toEqual({
      a: -1,
      b: 200,
      c: -2,
      d: null,
      e: [true, false],
      f: [true, true],
      g: "text",
      h: Int32Array.of(1, -1),
      i: 1.5,
      j: Float64Array.of(7),
      k: 1.5,
    });
  });

  it.each<[string, Buffer]>([
    ["a typed array of 2^62 elements", bytes("{", name("a"), "[$d#L", int64(2n ** 62n), "}")],
    ["a typed array of a negative length", bytes("{", name("a"), "[$d#L", int64(-1n), "}")],
    ["a list of 2^40 items", bytes("{", name("a"), "[#L", int64(2n ** 40n), "}")],
    ["a text longer than the file", bytes("{", name("a"), "SL", int64(1000n), "x}")],
    ["a name longer than the file", bytes("{L", int64(2n ** 40n), "x}")],
    ["a length that is no int64", bytes("{", name("a"), "[$d#U", Buffer.of(1), "}")],
    ["a type without a length", bytes("{", name("a"), "[$d]}")],
    ["an array of an unknown type", bytes("{", name("a"), "[$Z#L", int64(2n ** 40n), "}")],
    ["a name twice", bytes("{", name("a"), "T", name("a"), "F}")],
    ["a text that is not UTF-8", bytes("{", name("a"), "SL", int64(1n), Buffer.of(0xff), "}")],
    ["values too deep", bytes("{", name("a"), "[".repeat(JSON_DEPTH_MAX + 1), "]".repeat(JSON_DEPTH_MAX + 1), "}")],
    ["brackets without an end", bytes("{", name("a"), "[".repeat(1_000_000))],
    [
      "more values than a model has",
      bytes("{", name("a"), "[#L", int64(BigInt(UBJSON_VALUES_MAX)), "Z".repeat(UBJSON_VALUES_MAX), "}"),
    ],
    ["an unknown marker", bytes("{", name("a"), "H}")],
    ["bytes after its end", bytes("{}", "{}")],
  ])("is refused with %s", (_, file) => {
    expect(() => parseUbjson(file)).toThrow(UbjsonError);
  });

  it("is refused wherever a real file is cut off", () => {
    for (let length = 1; length < real.length; length += 7)
      expect(() => parseUbjson(real.subarray(0, length))).toThrow(UbjsonError);
    expect(() => parseUbjson(real)).not.toThrow();
  });

  it("gives a model or a refusal, never an exception, whatever bytes of a real file change", () => {
    const random = seededRandom(11);
    let refused = 0;
    for (let round = 0; round < 2_000; round++) {
      const changed = Buffer.from(real);
      for (let flips = 0; flips < 3; flips++) changed[1 + Math.floor(random() * (real.length - 1))] = Math.floor(random() * 256);
      if (!convertXgboost(changed).ok) refused++;
    }
    expect(refused).toBeGreaterThan(200);
  });
});
