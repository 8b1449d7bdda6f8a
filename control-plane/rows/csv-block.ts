/**
 * Rows of CSV straight from bytes, well-formed RFC 4180 only: what is anything else (a quote within a cell, a line that ends another way than the
 * first) it leaves alone and says so, for csv-parse to read or refuse (csv-records.ts). Written by hand because csv-parse makes a buffer and a string
 * of every cell, and most cells are numbers. Pure; no files.
 */
import { readPlainDecimal } from "../../drift-job/input/plain-decimal.ts";
import { isMissingCell } from "./csv-cell.ts";
import type { Cell } from "./table.ts";

export type LineBreak = "\n" | "\r\n";

/** What becomes of one column of the file: left out, a text, or a number where it is written as a plain decimal and a text where it is not. */
export interface CsvColumn {
  kind: "skipped" | "text" | "number";
  /** Where its cell stands in a row that is handed out; a column may be wanted more than once. */
  places: readonly number[];
}

export interface CsvLayout {
  lineBreak: LineBreak;
  /** In the file's order, one for each name of the header. */
  columns: readonly CsvColumn[];
  /** Cells of a row that is handed out. */
  width: number;
  /** A row with more bytes is not plain: csv-parse has the sentence for it. */
  rowBytesMax: number;
}

export interface CsvHeader {
  names: string[];
  /** Index of the first byte after it. */
  next: number;
  lineBreak: LineBreak;
}

/** Why the rows end where they do. `cells`: a row that has not as many cells as the header, and how many it has. */
export type CsvStop = { reason: "end" } | { reason: "incomplete" } | { reason: "not_plain" } | { reason: "cells"; cells: number };

export interface CsvRows {
  rows: Cell[][];
  /** Index of the first byte that is in no row of these. */
  next: number;
  stop: CsvStop;
}

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;
const LETTER_A = 65;
const LETTER_N = 78;

/**
 * The names of the header, blank lines before it passed over; undefined where it is not plain or not there.
 *
 * @param end one past a line break
 */
export function readCsvHeader(bytes: Buffer, from: number, end: number): CsvHeader | undefined {
  const first = bytes.indexOf(NEWLINE, from);
  const lineBreak: LineBreak = first > from && bytes[first - 1] === RETURN ? "\r\n" : "\n";
  let at = from;
  while (at < end && isBreakAt(bytes, at, lineBreak)) at += lineBreak.length;
  const names: string[] = [];
  while (at < end) {
    const cellEnd = endOfCell(bytes, at, end);
    if (cellEnd < 0) return undefined;
    names.push(cellText(bytes, at, cellEnd));
    if (bytes[cellEnd] === COMMA) at = cellEnd + 1;
    else return isBreakAt(bytes, cellEnd, lineBreak) ? { names, next: cellEnd + lineBreak.length, lineBreak } : undefined;
  }
  return undefined;
}

/**
 * The rows of `bytes` from `from` to `end`, one past a line break (that of the file's last line may have to be added). Cells in the order of the
 * places; null is missing. A row that a quote keeps open beyond `end` is incomplete: it is read again when more has come.
 */
export function readCsvRows(
  bytes: Buffer,
  from: number,
  end: number,
  { lineBreak, columns, width, rowBytesMax }: CsvLayout,
): CsvRows {
  const decimal = new Float64Array(1);
  const blank = Array.from({ length: width }, (): Cell => null);
  const rows: Cell[][] = [];
  let at = from;
  while (at < end) {
    if (isBreakAt(bytes, at, lineBreak)) {
      at += lineBreak.length;
      continue;
    }
    const row = blank.slice();
    let column = 0;
    let cursor = at;
    for (;;) {
      const { kind, places } = columns[column] ?? SKIPPED;
      let cell: Cell = null;
      let cellEnd = kind === "number" ? readPlainDecimal(bytes, cursor, COMMA, decimal, 0) : -1;
      if (cellEnd >= 0) cell = decimal[0];
      else {
        cellEnd = endOfCell(bytes, cursor, end);
        if (cellEnd < 0) return { rows, next: at, stop: { reason: cellEnd === OPEN ? "incomplete" : "not_plain" } };
        if (kind !== "skipped") cell = valueOf(bytes, cursor, cellEnd);
      }
      for (let index = 0; index < places.length; index++) row[places[index] as number] = cell;
      column++;
      cursor = cellEnd;
      if (bytes[cursor] !== COMMA) break;
      cursor++;
    }
    if (!isBreakAt(bytes, cursor, lineBreak)) return { rows, next: at, stop: { reason: "not_plain" } };
    cursor += lineBreak.length;
    if (cursor - at > rowBytesMax) return { rows, next: at, stop: { reason: "not_plain" } };
    if (column !== columns.length) return { rows, next: at, stop: { reason: "cells", cells: column } };
    rows.push(row);
    at = cursor;
  }
  return { rows, next: at, stop: { reason: "end" } };
}

// --- Not exported ---

const SKIPPED: CsvColumn = { kind: "skipped", places: [] };
/** What `endOfCell` answers where there is no end: the quote is still open, or the cell is not plain. */
const OPEN = -1;
const NOT_PLAIN = -2;

const isBreakAt = (bytes: Buffer, at: number, lineBreak: LineBreak): boolean =>
  lineBreak === "\n" ? bytes[at] === NEWLINE : bytes[at] === RETURN && bytes[at + 1] === NEWLINE;

/** Index of what ends the cell at `at`: a comma or the first byte of a line break of either kind. */
function endOfCell(bytes: Buffer, at: number, end: number): number {
  let cursor = at;
  if (bytes[cursor] === QUOTE) {
    for (cursor++; cursor < end; cursor++) {
      if (bytes[cursor] !== QUOTE) continue;
      // A doubled quote goes on.
      if (bytes[cursor + 1] === QUOTE) cursor++;
      else return isEnd(bytes[cursor + 1] as number) ? cursor + 1 : NOT_PLAIN;
    }
    return OPEN;
  }
  while (!isEnd(bytes[cursor] as number)) {
    if (bytes[cursor] === QUOTE) return NOT_PLAIN;
    cursor++;
  }
  return cursor;
}

const isEnd = (byte: number): boolean => byte <= COMMA && (byte === COMMA || byte === NEWLINE || byte === RETURN);

function valueOf(bytes: Buffer, from: number, to: number): Cell {
  if (to === from || (to === from + 2 && bytes[from] === LETTER_N && bytes[from + 1] === LETTER_A)) return null;
  const text = cellText(bytes, from, to);
  return isMissingCell(text) ? null : text;
}

function cellText(bytes: Buffer, from: number, to: number): string {
  if (bytes[from] !== QUOTE) return bytes.toString("utf8", from, to);
  return bytes.toString("utf8", from + 1, to - 1).replaceAll('""', '"');
}
