import { describe, expect, it } from "vitest";
import { bytesField, joinBytes, readVarint, varintField, WireError, wireFields } from "./protobuf-wire.ts";

const fields = (bytes: readonly number[]) => [...wireFields(Uint8Array.from(bytes))];

describe("reading fields", () => {
  it("gives number, kind and byte range of each field", () => {
    // Field 1 varint 150 and field 2 "testing" are the examples of protobuf.dev, "Encoding".
    expect(fields([0x08, 0x96, 0x01, 0x12, 0x07, ...Buffer.from("testing")])).toEqual([
      { number: 1, wireType: "varint", start: 0, payload: 1, end: 3, value: 150 },
      { number: 2, wireType: "bytes", start: 3, payload: 5, end: 12, value: 0 },
    ]);
  });

  it("steps over fixed 32 and 64 bit fields", () => {
    expect(fields([0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]).map(({ end }) => end)).toEqual([5, 14]);
  });

  it.each([
    ["a group", [0x0b]],
    ["field number 0", [0x02, 0]],
    ["wire type 7", [0x0f]],
    ["a length past the end", [0x0a, 5, 1]],
    ["a length of -1", [0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
    ["a length of -11, which leads back to its own tag", [0x0a, 0xf5, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
    ["a tag of more than 32 bits", [0x88, 0x80, 0x80, 0x80, 0x10, 1]],
    ["a cut-off number", [0x08, 0x96]],
    ["a cut-off fixed field", [0x0d, 1, 2]],
    ["a number of 11 bytes", [0x08, ...Array.from({ length: 10 }, () => 0x80), 1]],
  ])("refuses %s", (_, bytes) => {
    expect(() => fields(bytes)).toThrow(WireError);
  });
});

describe("numbers", () => {
  it.each([
    [[0x00], 0],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    [[0x80, 0x80, 0x80, 0x80, 0x10], 2 ** 32],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], Number.MAX_SAFE_INTEGER],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
  ])("reads %j as %d", (bytes, value) => {
    expect(readVarint(Uint8Array.from(bytes), 0, bytes.length)).toEqual({ value, end: bytes.length });
  });
});

it("does not read a number beyond the message that it is in", () => {
  expect(() => readVarint(Uint8Array.of(0x80, 1), 0, 1)).toThrow(WireError);
});

describe("writing fields", () => {
  it("writes what it reads", () => {
    const bytes = joinBytes([varintField(1, 150), bytesField(2, new Uint8Array(300))]);
    const [first, second] = [...wireFields(bytes)];
    expect(first).toMatchObject({ number: 1, value: 150 });
    expect(second).toMatchObject({ number: 2, payload: 6, end: 306 });
  });
});
