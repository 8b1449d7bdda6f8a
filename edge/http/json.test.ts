import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REQUEST_JSON_DEPTH_MAX } from "../../contract/limits.ts";
import { parseJson } from "./json.ts";

const value = (text: string, exactIntegers = false) => {
  const parsed = parseJson(text, { exactIntegers });
  return parsed.ok ? parsed.value : parsed.failure.reason;
};

describe("parseJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (json) => {
        expect(value(JSON.stringify(json))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });

  it("reads bare NaN as null and bare Infinity as infinite, and leaves both alone inside texts", () => {
    expect(value('{"a":[NaN,-Infinity,Infinity,"NaN","x\\"NaN"]}')).toEqual({ a: [null, -Infinity, Infinity, "NaN", 'x"NaN'] });
  });

  it("reads integers past 2^53 exactly when asked to", () => {
    expect(value("[9007199254740993,-9223372036854775808,1,1.5,0.12345678901234567]", true)).toEqual([
      9007199254740993n,
      -9223372036854775808n,
      1,
      1.5,
      0.12345678901234567,
    ]);
    expect(value("[9007199254740993]")).toEqual([9007199254740992]);
  });

  it("does not spend time on a million digits", () => {
    expect(value(`[${"9".repeat(1_000_000)}]`, true)).toEqual([Infinity]);
  });

  it.each([
    ["bad JSON", "{a:1}", "body_not_json"],
    ["nothing", "", "body_not_json"],
    ["a word that only looks like NaN", "[NaNs]", "body_not_json"],
    ["200,000 levels", "[".repeat(200_000), "json_too_deep"],
    ["one level too many", "[".repeat(REQUEST_JSON_DEPTH_MAX + 1), "json_too_deep"],
  ])("refuses %s", (_, text, reason) => {
    expect(value(text)).toBe(reason);
  });

  it("does not count brackets inside texts", () => {
    expect(value(`["${"[".repeat(1000)}\\"${"{".repeat(1000)}"]`)).toHaveLength(1);
  });

  it("refuses a text with what a decoder leaves of bytes that are not UTF-8", () => {
    expect(value(new TextDecoder().decode(new Uint8Array([0x22, 0xff, 0x22])))).toBe("body_not_utf8");
  });
});
