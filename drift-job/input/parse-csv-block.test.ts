/** Against csv-parse and Number() on generated files: the same cells, to the last bit. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "./input-failure.ts";
import { parseCsvBlock, type CsvLayout } from "./parse-csv-block.ts";

const layout = (header: string[], wanted: CsvLayout["wanted"]): CsvLayout => ({ file: "f.csv", delimiter: ",", header, wanted });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const numbers = (text: string): number[] => {
  const [column] = parseCsvBlock(bytes(text), layout(["x"], [{ name: "x", kind: "numeric" }]), 1).columns;
  return column?.kind === "numeric" ? [...column.values] : [];
};
const failureOf = (text: string, header = ["x"], wanted: CsvLayout["wanted"] = [{ name: "x", kind: "numeric" }]): unknown => {
  try {
    parseCsvBlock(bytes(text), layout(header, wanted), 1);
  } catch (error) {
    if (error instanceof InputError) return error.failure;
    throw error;
  }
  return undefined;
};

describe("parseCsvBlock", () => {
  it("reads every decimal to the nearest double, as Number() does", () => {
    const decimals = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => (value / 100).toFixed(2)),
      fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.nat(20)).map(([digits, point]) => {
        const text = String(digits).padStart(point + 1, "0");
        return point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
      }),
      fc.constantFrom("0", "-0", "007", "+5", ".5", "5.", "-.25", "1e3", "2.5E-7", " 12 ", '"3.5"'),
    );
    fc.assert(
      fc.property(fc.array(decimals, { minLength: 1, maxLength: 50 }), (cells) => {
        const expected = cells.map((cell) => Number(cell.replaceAll('"', "")));
        expect(numbers(`${cells.join("\n")}\n`)).toEqual(expected);
        expect(numbers(`${cells.join("\r\n")}\r\n`)).toEqual(expected);
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it("finds the same cells as csv-parse among quotes, delimiters and line breaks", () => {
    const cell = fc.oneof(fc.stringMatching(/^[a-c ,"\n]{0,6}$/), fc.stringMatching(/^[xyz]{1,3}$/));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
        const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const lines = rows.map((row) => `k,${row.map(quoted).join(",")}`).join("\n");
        const expected = new Map<string, number>();
        for (const record of parse(lines) as string[][]) {
          const value = record[2] as string;
          if (value.trim() !== "") expected.set(value, (expected.get(value) ?? 0) + 1);
        }
        const part = parseCsvBlock(bytes(`${lines}\n`), layout(["k", "a", "b", "c"], [{ name: "b", kind: "categorical" }]), 1);
        expect(part.rows).toBe(rows.length);
        expect(part.columns[0]?.kind === "categorical" && part.columns[0].counts).toEqual(expected);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("takes columns in any order, skips blank lines, and counts missing values", () => {
    const text = "1,a,10\n\n2,,NA\n3,b,\n,NA,30\n";
    const part = parseCsvBlock(
      bytes(text),
      layout(
        ["x", "c", "y"],
        [
          { name: "y", kind: "numeric" },
          { name: "c", kind: "categorical" },
          { name: "x", kind: "numeric" },
          { name: "e", kind: "absolute_error", prediction: "x", truth: "y" },
        ],
      ),
      1,
    );
    expect(part).toEqual({
      rows: 4,
      columns: [
        { kind: "numeric", values: Float64Array.of(10, 30), missing: 2 },
        {
          kind: "categorical",
          counts: new Map([
            ["a", 1],
            ["b", 1],
          ]),
          missing: 2,
        },
        { kind: "numeric", values: Float64Array.of(1, 2, 3), missing: 1 },
        { kind: "numeric", values: Float64Array.of(9), missing: 3 },
      ],
    });
  });

  it.each([
    ["1\n2\nabc\n", { reason: "cell_invalid", row: 3, column: "x", value: "abc", detail: "is not a number" }],
    ["1\n-inf\n", { reason: "cell_invalid", row: 2, detail: expect.stringContaining("infinite") }],
    ["1e999\n", { reason: "cell_invalid", row: 1, detail: "is larger than a double can hold" }],
    ["0x10\n", { reason: "cell_invalid", row: 1, value: "0x10" }],
    ["1-2\n", { reason: "cell_invalid", row: 1, value: "1-2" }],
    ["1\n2,3\n", { reason: "row_invalid", row: 2, detail: "it has 2 cells, the header 1" }],
    ['1\n"2\n', { reason: "row_invalid", row: 2, detail: "a quote is not closed" }],
    ['"1"2\n', { reason: "row_invalid", row: 1, detail: expect.stringContaining("closing quote") }],
  ])("refuses %j with its row and column", (text, failure) => {
    expect(failureOf(text)).toMatchObject({ file: "f.csv", ...failure });
  });

  it("refuses a column with too many different texts to be a category", () => {
    const text = `${Array.from({ length: 10_001 }, (_, at) => `id${at}`).join("\n")}\n`;
    expect(failureOf(text, ["x"], [{ name: "x", kind: "categorical" }])).toMatchObject({
      reason: "column_too_various",
      distinctMax: 10_000,
    });
  });
});
