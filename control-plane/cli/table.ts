/** Lays out tables and lists of fields as text. Pure: widths in, lines out; colour comes in as a function. */
import { stripVTControlCharacters } from "node:util";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  align?: "left" | "right";
}

const GAP = "  ";

/** Lines of an aligned table: a title line, then one line for each row. Trailing blanks are cut, so piped output stays clean. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (text: string) => string = (text) => text,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row).replaceAll(/\s*\n\s*/g, " ")));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((line) => visibleLength(line[at] as string))),
  );
  const layOut = (line: readonly string[]): string =>
    line
      .map((text, at) => pad(text, widths[at] as number, columns[at]?.align ?? "left"))
      .join(GAP)
      .trimEnd();
  return [paintTitle(layOut(columns.map(({ title }) => title))), ...cells.map(layOut)];
}

/** Lines of `name  value`, the names padded to one width. A value of several lines is indented under its first. */
export function fieldLines(
  fields: readonly (readonly [name: string, value: string])[],
  paintName: (text: string) => string = (text) => text,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.flatMap(([name, value]) => {
    const [first = "", ...rest] = value.split("\n");
    return [`${paintName(name.padEnd(width))}${GAP}${first}`.trimEnd(), ...rest.map((line) => " ".repeat(width) + GAP + line)];
  });
}

const graphemes = new Intl.Segmenter();

/** Columns on a terminal: colour codes take none, a character takes one (a wide one is counted as one, too). */
const visibleLength = (text: string): number => Array.from(graphemes.segment(stripVTControlCharacters(text))).length;

function pad(text: string, width: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, width - visibleLength(text)));
  return align === "right" ? blanks + text : text + blanks;
}
