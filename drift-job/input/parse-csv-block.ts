/**
 * Parses whole rows of CSV (RFC 4180) straight from bytes into the wanted columns. Written by hand because numbers are most of such a file and
 * a parser that makes a string of every cell takes several times as long (docs/decisions/0011-drift-speed.md has the figures). Header and
 * options are not its business; neither is finding where a row ends in the file (blocks.ts).
 */
import { InputError } from "./input-failure.ts";
import { cellNumber, isMissingCell } from "./cell-text.ts";
import { readPlainDecimal } from "./plain-decimal.ts";
import { countCategory, physicalBuffers, wantedParts, type PhysicalColumn } from "./row-columns.ts";
import type { ParsedPart, WantedColumn } from "./wanted-column.ts";

export interface CsvLayout {
  file: string;
  delimiter: "," | "\t";
  /** Names of all columns, in the file's order. */
  header: string[];
  wanted: WantedColumn[];
}

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

/**
 * @param bytes whole rows; the last byte is a line break
 * @param firstRow number of the first row in the file, from 1, the header not counted
 * @throws InputError with file, row and column
 */
export function parseCsvBlock(bytes: Uint8Array, layout: CsvLayout, firstRow: number): ParsedPart {
  // A row has at least two bytes unless it is blank; blank ones take no place.
  const physical = physicalBuffers(layout.wanted, countLines(bytes));
  const targets = layout.header.map((name) => physical.find((column) => column.name === name));
  const delimiter = layout.delimiter.charCodeAt(0);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  let rows = 0;
  let at = 0;
  while (at < end) {
    if (bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE)) {
      at += bytes[at] === NEWLINE ? 1 : 2;
      continue;
    }
    let column = 0;
    for (;;) {
      const target = targets[column];
      let cellEnd = at;
      if (target?.kind === "numeric") {
        // Plain decimals are read as they are passed over; anything else is looked at again as text.
        cellEnd = readPlainDecimal(bytes, at, delimiter, target.values, rows);
        if (cellEnd < 0) {
          cellEnd = endOfCell(bytes, at, end, delimiter);
          target.values[rows] = numberOf(text, at, cellEnd, target.name, layout, firstRow + rows);
        }
      } else {
        cellEnd = endOfCell(bytes, at, end, delimiter);
        if (target !== undefined) takeText(target, text, at, cellEnd, layout);
      }
      column++;
      if (bytes[cellEnd] === delimiter) {
        at = cellEnd + 1;
        continue;
      }
      if (bytes[cellEnd] === RETURN) cellEnd++;
      if (bytes[cellEnd] !== NEWLINE) {
        const detail =
          cellEnd >= end ? "a quote is not closed" : "a closing quote is followed by neither a delimiter nor a line break";
        throw rowError(layout, firstRow + rows, detail);
      }
      at = cellEnd + 1;
      break;
    }
    if (column !== layout.header.length)
      throw rowError(layout, firstRow + rows, `it has ${column} cells, the header ${layout.header.length}`);
    rows++;
  }
  return wantedParts(layout.wanted, physical, rows);
}

/** Index of the delimiter or line break that ends the cell at `at`; a carriage return right before the line break belongs to it. */
function endOfCell(bytes: Uint8Array, at: number, end: number, delimiter: number): number {
  let cursor = at;
  if (bytes[cursor] === QUOTE) {
    // A doubled quote goes on.
    for (cursor++; cursor < end; cursor++) {
      if (bytes[cursor] !== QUOTE) continue;
      if (bytes[cursor + 1] !== QUOTE) return cursor + 1;
      cursor++;
    }
    return cursor;
  }
  while (bytes[cursor] !== delimiter && bytes[cursor] !== NEWLINE && cursor < end) cursor++;
  return bytes[cursor] === NEWLINE && cursor > at && bytes[cursor - 1] === RETURN ? cursor - 1 : cursor;
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) lines++;
  return lines;
}

function cellText(text: Buffer, from: number, to: number): string {
  if (text[from] !== QUOTE) return text.toString("utf8", from, to);
  return text.toString("utf8", from + 1, to - 1).replaceAll('""', '"');
}

function numberOf(text: Buffer, from: number, to: number, column: string, layout: CsvLayout, row: number): number {
  const cell = cellText(text, from, to);
  const number = cellNumber(cell);
  if (number.ok) return number.value;
  throw new InputError({
    reason: "cell_invalid",
    file: layout.file,
    row,
    column,
    value: cell.slice(0, 60),
    detail: number.failure,
  });
}

function takeText(target: PhysicalColumn, text: Buffer, from: number, to: number, layout: CsvLayout): void {
  if (target.kind !== "categorical") return;
  const cell = cellText(text, from, to);
  if (countCategory(target, isMissingCell(cell) ? undefined : cell)) return;
  throw new InputError({
    reason: "column_too_various",
    file: layout.file,
    column: target.name,
    distinctMax: target.counts.size - 1,
  });
}

const rowError = (layout: CsvLayout, row: number, detail: string): InputError =>
  new InputError({ reason: "row_invalid", file: layout.file, row, detail });
