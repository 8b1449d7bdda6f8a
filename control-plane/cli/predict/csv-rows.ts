/**
 * Rows of a CSV file (RFC 4180, header first), streamed. An empty cell or NA is a missing value; the input columns are written back as
 * they stood, quoted where they must be.
 */
import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { cellValue } from "../../rows/csv-cell.ts";
import type { CliFailure } from "../failure.ts";
import { PREDICTION_COLUMN, type ModelColumn, type ReadRow, type RowSource } from "./row-source.ts";

interface CsvRecord {
  record: string[];
  info: { bytes: number };
}

/** Without `columns`, every column of the file is sent, numbers as numbers. */
export async function openCsv(path: string, columns: readonly ModelColumn[] | undefined): Promise<Result<RowSource, CliFailure>> {
  // Each record with its position; the header is a record like the others, because columns are matched here, once.
  const parser = createReadStream(path)
    .on("error", (error) => parser.destroy(error))
    .pipe(parse({ bom: true, info: true, skip_empty_lines: true, relax_column_count: true }));
  const records = (parser as AsyncIterable<CsvRecord>)[Symbol.asyncIterator]();
  const first = await nextRecord(records, path, 0);
  if (!first.ok) return first;
  const header = first.value?.record.map((name) => name.trim());
  if (header === undefined)
    return fail({ reason: "file_invalid", path, detail: "it is empty: a header line with column names is needed" });

  const layout = matchHeader(path, header, columns);
  if (!layout.ok) return layout;
  const taken = new Set(layout.value.map(({ at }) => at));

  async function* rows(fields: readonly CsvField[], header: readonly string[]): AsyncGenerator<Result<ReadRow, CliFailure>> {
    for (let row = 1; ; row++) {
      const next = await nextRecord(records, path, row);
      if (!next.ok) yield next;
      if (!next.ok || next.value === undefined) return;
      const { record, info } = next.value;
      const instance =
        record.length === header.length
          ? instanceOf(record, fields, path, row)
          : fail({
              reason: "row_invalid" as const,
              path,
              row,
              detail: `it has ${record.length} cells, the header ${header.length}`,
            });
      if (!instance.ok) yield instance;
      else {
        const outputLine = (predictionText: string): string => csvLine([...record, predictionCell(predictionText)]);
        yield succeed({ row, instance: instance.value, outputLine, readBytes: info.bytes });
      }
    }
  }

  return succeed({
    outputHeader: csvLine([...header, PREDICTION_COLUMN]),
    ignoredColumns: new Set(header.filter((_, at) => !taken.has(at))),
    rows: rows(layout.value, header),
  });
}

export interface CsvField {
  name: string;
  at: number;
  datatype: ModelColumn["datatype"] | undefined;
}

/** Where each of the model's columns stands in the header. */
export function matchHeader(
  path: string,
  header: readonly string[],
  columns: readonly ModelColumn[] | undefined,
): Result<CsvField[], CliFailure> {
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) return fail({ reason: "file_invalid", path, detail: `the header has ${JSON.stringify(twice)} twice` });
  if (header.includes(PREDICTION_COLUMN)) {
    return fail({ reason: "file_invalid", path, detail: `it has a column ${PREDICTION_COLUMN} already: rename or drop it` });
  }
  if (columns === undefined) return succeed(header.map((name, at) => ({ name, at, datatype: undefined })));
  const absent = columns.filter(({ name }) => !header.includes(name)).map(({ name }) => name);
  if (absent.length > 0) {
    return fail({
      reason: "file_invalid",
      path,
      detail: `the model takes ${absent.join(", ")}, and the header has ${header.join(", ")}`,
    });
  }
  return succeed(columns.map(({ name, datatype }) => ({ name, at: header.indexOf(name), datatype })));
}

function instanceOf(
  record: readonly string[],
  fields: readonly CsvField[],
  path: string,
  row: number,
): Result<Record<string, unknown>, CliFailure> {
  const instance: Record<string, unknown> = {};
  for (const { name, at, datatype } of fields) {
    const value = cellValue(record[at] as string, datatype);
    if (!value.ok) return fail({ reason: "row_invalid", path, row, column: name, detail: value.failure });
    instance[name] = value.value;
  }
  return succeed(instance);
}

/** One line with CRLF-safe quoting; the line break itself is the writer's. */
export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");

/** A text prediction goes in as it is; numbers and records as JSON. */
const predictionCell = (predictionText: string): string =>
  predictionText.startsWith('"') ? (JSON.parse(predictionText) as string) : predictionText;

async function nextRecord(
  records: AsyncIterator<CsvRecord>,
  path: string,
  row: number,
): Promise<Result<CsvRecord | undefined, CliFailure>> {
  try {
    const next = await records.next();
    return succeed(next.done ? undefined : next.value);
  } catch (error) {
    if (!(error instanceof CsvError)) return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
    // The parser reads ahead, so the row at fault may come after the one that was asked for.
    const { records } = error as { records?: unknown };
    return fail({ reason: "row_invalid", path, row: typeof records === "number" ? records : row, detail: error.message });
  }
}
