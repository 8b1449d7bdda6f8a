/**
 * Rows of a CSV file (RFC 4180, header first), streamed. An empty or blank cell and NA are missing values. They are read from bytes (csv-block.ts) as
 * far as the file is plain; the rest is csv-parse's, which begins at the top again and passes over what has been read, so that its rows and
 * lines have their numbers.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { readCsvHeader, readCsvRows, type CsvColumn, type CsvHeader, type CsvLayout } from "./csv-block.ts";
import { isMissingCell } from "./csv-cell.ts";
import { openBytes } from "./file-stream.ts";
import { HeldBytes } from "./held-bytes.ts";
import {
  placesOf,
  type Cell,
  type Table,
  type TableBlock,
  type TableFile,
  type TableProblem,
  type WantedColumn,
} from "./table.ts";

const ROW_BYTES_MAX = 1024 * 1024;
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
const UTF_16_MARK = Buffer.from("\uFEFF", "utf16le");

export async function openCsvTable(file: TableFile, wanted: readonly WantedColumn[]): Promise<Result<Table, TableProblem>> {
  const held = new HeldBytes(openBytes(file));
  const plain = await plainHeader(held);
  if (!plain.ok || plain.value === undefined) held.close();
  if (!plain.ok) return plain;
  const names = plain.value ? succeed(plain.value.names) : await firstRecord(file);
  if (!names.ok) return names;
  const header = names.value.map((name) => name.trim());
  const places = placesOf(header, wanted);
  if (!places.ok) {
    held.close();
    return places;
  }
  const rest = (row: number) => recordBlocks(file, header, places.value, row);
  if (plain.value === undefined) return succeed({ columns: header, blocks: rest(0) });
  const columns = header.map((_, at) => csvColumn(at, wanted, places.value));
  const layout = { lineBreak: plain.value.lineBreak, columns, width: wanted.length, rowBytesMax: ROW_BYTES_MAX };
  return succeed({ columns: header, blocks: plainBlocks(held, plain.value.next, layout, rest) });
}

/** Undefined where the top of the file is not plain, or is not there. */
async function plainHeader(held: HeldBytes): Promise<Result<CsvHeader | undefined, TableProblem>> {
  do {
    const more = await held.more(0);
    if (!more.ok) return more;
  } while (held.linesEnd === 0 && !held.isEnded && held.bytes.length <= ROW_BYTES_MAX);
  if (startsWith(held.bytes, UTF_16_MARK)) return succeed(undefined);
  const from = startsWith(held.bytes, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const header = readCsvHeader(held.bytes, from, held.linesEnd);
  if (header) held.lineBreak = header.lineBreak;
  return succeed(header);
}

async function* plainBlocks(
  held: HeldBytes,
  first: number,
  layout: CsvLayout,
  rest: (rowsRead: number) => AsyncIterable<TableBlock>,
): AsyncGenerator<TableBlock> {
  let row = 0;
  let from = first;
  try {
    for (;;) {
      const { rows, next, stop } = readCsvRows(held.bytes, from, held.linesEnd, layout);
      row += rows.length;
      const block: Result<Cell[], TableProblem>[] = rows.map(succeed);
      if (stop.reason === "cells") block.push(cellsProblem(row + 1, stop.cells, layout.columns.length));
      yield block;
      if (stop.reason === "cells") return;
      if (
        stop.reason === "not_plain" ||
        held.bytes.length - next > ROW_BYTES_MAX ||
        (held.isEnded && stop.reason === "incomplete")
      )
        return yield* rest(row);
      if (held.isEnded) return;
      const more = await held.more(next);
      if (!more.ok) return yield [more];
      from = 0;
    }
  } finally {
    held.close();
  }
}

/** The blocks after the first `rowsRead` rows, by csv-parse. */
async function* recordBlocks(
  file: TableFile,
  header: readonly string[],
  places: readonly number[],
  rowsRead: number,
): AsyncGenerator<TableBlock> {
  const { csvRecords } = await import("./csv-records.ts");
  let row = rowsRead;
  for await (const records of csvRecords(file, { skipped: rowsRead + 1, recordBytesMax: ROW_BYTES_MAX })) {
    const block: Result<Cell[], TableProblem>[] = [];
    for (const record of records) {
      row++;
      if (!record.ok) block.push(record);
      else if (record.value.length !== header.length) block.push(cellsProblem(row, record.value.length, header.length));
      else block.push(succeed(places.map((place) => cellOf(record.value[place] as string))));
      if (!block.at(-1)?.ok) return yield block;
    }
    yield block;
  }
}

async function firstRecord(file: TableFile): Promise<Result<string[], TableProblem>> {
  const { csvRecords } = await import("./csv-records.ts");
  for await (const [record] of csvRecords(file, { skipped: 0, recordBytesMax: ROW_BYTES_MAX })) if (record) return record;
  return fail({ reason: "file", detail: "it is empty: a header line with column names is needed" });
}

function csvColumn(at: number, wanted: readonly WantedColumn[], placesInFile: readonly number[]): CsvColumn {
  const places = [...placesInFile.keys()].filter((place) => placesInFile[place] === at);
  if (places.length === 0) return { kind: "skipped", places };
  return { kind: places.every((place) => wanted[place]?.asNumber) ? "number" : "text", places };
}

const startsWith = (bytes: Buffer, mark: Buffer): boolean => bytes.subarray(0, mark.length).equals(mark);

const cellOf = (text: string): Cell => (isMissingCell(text) ? null : text);

const cellsProblem = (row: number, cells: number, expected: number): Result<never, TableProblem> =>
  fail({ reason: "row", row, column: null, detail: `it has ${cells} cells, the header ${expected}` });
