import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64urlToBytes, bytesToBase64url } from "./base64url.ts";
import { importReceiptKey, type ReceiptKey } from "./receipt-key.ts";
import {
  expiresMs,
  modelReference,
  readReceipt,
  RECEIPT_CHARACTERS_MAX,
  ReceiptWriter,
  type ReceiptPrediction,
} from "./receipt.ts";

const secret = Buffer.alloc(32, 7);
const imported = (bytes: Buffer): ReceiptKey => importReceiptKey(bytes.toString("base64")) as ReceiptKey;
const key = imported(secret);
const other = imported(Buffer.alloc(32, 9));
const head = {
  model: modelReference("pm25_predictor"),
  versionNumber: 999_999_999,
  issuedSeconds: 1_795_000_000,
  validHours: 720,
};
const prefix = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

function written(prediction: ReceiptPrediction, group?: number, writer = new ReceiptWriter(key, prefix)): string {
  writer.begin(head);
  if (prediction.form === "value") return writer.writeValue(prediction.value, group);
  const { probabilities, names } = prediction;
  return writer.writeProbabilities(probabilities, 0, probabilities.length, names, group);
}
const reason = (text: string, keys = [key]): string => {
  const read = readReceipt(text, keys);
  return read.ok ? "read" : read.failure.reason;
};
const value = written({ form: "value", value: 44.6817512512207 }, 3);

describe("a receipt", () => {
  it("says what was written, every bit of the prediction, in at most 120 characters", () => {
    const float32 = fc.float({ noNaN: true });
    const hash = fc.integer({ min: 0, max: 65_535 });
    const prediction: fc.Arbitrary<ReceiptPrediction> = fc.oneof(
      fc.double({ noNaN: true }).map((value): ReceiptPrediction => ({ form: "value", value })),
      fc
        .array(float32, { minLength: 1, maxLength: 10 })
        .map((probabilities): ReceiptPrediction => ({ form: "probabilities", probabilities })),
      fc.array(fc.tuple(float32, hash), { minLength: 1, maxLength: 7 }).map((classes): ReceiptPrediction => ({
        form: "probabilities",
        probabilities: classes.map(([probability]) => probability),
        names: classes.map(([, name]) => name),
      })),
    );
    const group = fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined });
    let longest = 0;
    fc.assert(
      fc.property(prediction, group, (prediction, group) => {
        const text = written(prediction, group);
        longest = Math.max(longest, text.length);
        const read = readReceipt(text, [other, key]);
        expect(read.ok && read.value).toEqual({ ...head, group, prediction, id: new Uint8Array([...prefix, 0, 0, 0, 0]) });
      }),
      { seed: 20261125, numRuns: 500 },
    );
    expect(longest).toBeLessThanOrEqual(RECEIPT_CHARACTERS_MAX);
    expect(value).toHaveLength(75);
  });

  it("is signed with HMAC-SHA-256 as Node's own OpenSSL computes it", () => {
    const bytes = Buffer.from(value, "base64url");
    const mac = createHmac("sha256", secret).update(bytes.subarray(0, -16)).digest().subarray(0, 16);
    expect(bytes.subarray(-16)).toEqual(mac);
  });

  it("is forged once any bit of it is another, unless the bit says who signed it or what it is", () => {
    const bytes = Buffer.from(value, "base64url");
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const expected = bit < 8 ? "malformed" : bit < 24 ? "foreign" : "forged";
      expect([bit, reason(flipped.toString("base64url"))]).toEqual([bit, expected]);
    }
  });

  it.each([
    ["nothing", ""],
    ["a text of another alphabet", value.replace(/^./, "=")],
    ["characters beyond ASCII", `é${value.slice(1)}`],
    ["a piece of one", value.slice(0, -4)],
    ["one with something after it", `${value}AAAA`],
    ["its bytes written another way, with bits beyond the last", value.slice(0, -1) + nextCharacter(value.at(-1) ?? "")],
    ["a megabyte", "A".repeat(1_000_000)],
  ])("refuses %s as malformed", (_, text) => {
    expect(reason(text)).toBe("malformed");
  });

  it("that is too long is refused before it is decoded", () => {
    expect(readReceipt("A".repeat(121), [key])).toMatchObject({ failure: { detail: "it has 121 characters, at most 120" } });
  });

  it("of another key is foreign, and counts again once that key is listed", () => {
    expect(reason(value, [other])).toBe("foreign");
    expect(reason(value, [other, key])).toBe("read");
  });

  it("has an id of its own, whichever request it belongs to", () => {
    const writer = new ReceiptWriter(key, prefix);
    const ids = Array.from({ length: 1000 }, () => {
      const read = readReceipt(written({ form: "value", value: 1 }, undefined, writer), [key]);
      return read.ok ? Buffer.from(read.value.id).toString("hex") : "none";
    });
    expect(new Set(ids).size).toBe(1000);
  });

  it("expires after its hours", () => {
    expect(expiresMs(head)).toBe((1_795_000_000 + 720 * 3600) * 1000);
  });
});

describe("importReceiptKey", () => {
  it.each(["", "not base64", Buffer.alloc(31).toString("base64")])("refuses %j", (text) => {
    expect(importReceiptKey(text)).toBeUndefined();
  });

  it("takes a long key as HMAC does", () => {
    const long = Buffer.alloc(100, 3);
    const into = new Uint8Array(32);
    imported(long).mac(new Uint8Array([1, 2, 3]), into);
    expect(Buffer.from(into)).toEqual(
      createHmac("sha256", long)
        .update(Buffer.from([1, 2, 3]))
        .digest(),
    );
  });
});

describe("base64url", () => {
  it("is Node's own, both ways, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64url");
        expect(bytesToBase64url(bytes, bytes.byteLength)).toBe(text);
        const into = new Uint8Array(100);
        expect(into.subarray(0, base64urlToBytes(text, into))).toEqual(bytes);
      }),
      { seed: 20261125, numRuns: 500 },
    );
  });
});

/** 56 bytes leave two bits of the last character unused: another character with other unused bits. */
function nextCharacter(character: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(character) ^ 1] as string;
}
