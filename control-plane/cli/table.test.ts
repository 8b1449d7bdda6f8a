import { styleText } from "node:util";
import { expect, it } from "vitest";
import { fieldLines, tableLines } from "./table.ts";

const columns = [
  { title: "NAME", cell: (row: [string, string]) => row[0] },
  { title: "SIZE", cell: (row: [string, string]) => row[1], align: "right" as const },
];

it("gives every column the width of its widest cell and aligns numbers to the right", () => {
  expect(
    tableLines(columns, [
      ["a", "1"],
      ["longer", "1000"],
    ]),
  ).toEqual(["NAME    SIZE", "a          1", "longer  1000"]);
});

it("counts no width for colour codes", () => {
  const green = styleText("green", "v1", { validateStream: false });
  const [, first, second] = tableLines(columns, [
    [green, "7"],
    ["v1", "7"],
  ]);
  expect(first?.replace(green, "v1")).toBe(second);
});

it("keeps a cell with line breaks on one line", () => {
  expect(tableLines(columns, [["two\n  lines", "1"]])).toHaveLength(2);
});

it("leaves no blanks at the end of a line", () => {
  expect(
    tableLines(
      [
        { title: "A", cell: () => "" },
        { title: "B", cell: () => "" },
      ],
      [0],
    ),
  ).toEqual(["A  B", ""]);
});

it("indents the further lines of a value under its first", () => {
  expect(
    fieldLines([
      ["a", "1"],
      ["long", "2\n3"],
    ]),
  ).toEqual(["a     1", "long  2", "      3"]);
});
