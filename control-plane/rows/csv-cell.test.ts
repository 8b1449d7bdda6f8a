import { describe, expect, it } from "vitest";
import { cellValue } from "./csv-cell.ts";

describe("a cell", () => {
  it.each([
    ["1e-3", "FP32", 0.001],
    [" 7 ", "INT64", 7],
    ["9007199254740993", "INT64", 9007199254740993n],
    ["TRUE", "BOOL", true],
    ["0", "BOOL", false],
    ["007", "BYTES", "007"],
    ["", "BYTES", null],
    ["north", undefined, "north"],
    ["-3.5", undefined, -3.5],
  ] as const)("%j of %s is %s", (cell, datatype, value) => expect(cellValue(cell, datatype)).toEqual({ ok: true, value }));

  it.each([
    ["0x10", "FP32"],
    ["Infinity", "FP32"],
    ["NaN", "FP32"],
    ["1,5", "FP32"],
    ["constructor", "BOOL"],
    ["2", "BOOL"],
  ] as const)("%j of %s is refused", (cell, datatype) => expect(cellValue(cell, datatype).ok).toBe(false));
});
