import { describe, expect, it } from "vitest";
import { isTokenOf, makeToken, tokenDigest, tokenIdOf } from "./token.ts";

const counting = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => index);

describe("a token", () => {
  it("has its id and a secret of 32 bytes", () => {
    const { id, token } = makeToken(counting);
    expect(id).toBe("abcdefghijkl");
    expect(token).toMatch(/^ew_abcdefghijkl_[A-Za-z0-9_-]{43}$/);
    expect(tokenIdOf(token)).toBe(id);
  });

  it.each(["", "ew_", "ew_abc_def", `ew_${"A".repeat(12)}_${"x".repeat(43)}`, `xx_${"a".repeat(12)}_${"x".repeat(43)}`])(
    "is not %j",
    (text) => {
      expect(tokenIdOf(text)).toBeUndefined();
    },
  );

  it("is recognized by its digest, which does not hold it", () => {
    const { token } = makeToken(counting);
    const digest = tokenDigest(token);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(isTokenOf(token, digest)).toBe(true);
    expect(isTokenOf(`${token} `, digest)).toBe(false);
    expect(
      isTokenOf(
        token,
        digest.replace(/^./, (first) => (first === "0" ? "1" : "0")),
      ),
    ).toBe(false);
  });

  it("is refused, not thrown over, when what is stored is no digest", () => {
    expect(isTokenOf("ew_x", "")).toBe(false);
    expect(isTokenOf("ew_x", "zz")).toBe(false);
  });
});
