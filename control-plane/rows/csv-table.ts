/** Rows of a CSV file (RFC 4180, header first), streamed. An empty or blank cell and NA are missing values. */
import { CsvError, parse } from "csv-parse";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { isMissingCell } from "./csv-cell.ts";
import { openBytes } from "./file-stream.ts";
import { placesOf, type Cell, type Table, type TableFile, type TableProblem } from "./table.ts";

const CELL_CHARACTERS_MAX = 1024 * 1024;

export async function openCsvTable(file: TableFile, wanted: readonly string[]): Promise<Result<Table, TableProblem>> {
  const bytes = openBytes(file);
  const parser = parse({ bom: true, skip_empty_lines: true, relax_column_count: true, max_record_size: CELL_CHARACTERS_MAX });
  bytes.on("error", (error) => parser.destroy(error));
  bytes.pipe(parser);
  const records = (parser as AsyncIterable<string[]>)[Symbol.asyncIterator]();
  const first = await nextRecord(records, 0);
  if (!first.ok) return first;
  if (first.value === undefined)
    return fail({ reason: "file", detail: "it is empty: a header line with column names is needed" });
  const header = first.value.map((name) => name.trim());
  const places = placesOf(header, wanted);
  if (!places.ok) {
    parser.destroy();
    bytes.destroy();
    return places;
  }
  return succeed({ columns: header, rows: rowsOf(records, header, places.value) });
}

async function* rowsOf(
  records: AsyncIterator<string[]>,
  header: readonly string[],
  places: readonly number[],
): AsyncGenerator<Result<Cell[], TableProblem>> {
  for (let row = 1; ; row++) {
    const next = await nextRecord(records, row);
    if (!next.ok) yield next;
    if (!next.ok || next.value === undefined) return;
    const record = next.value;
    if (record.length !== header.length) {
      yield fail({ reason: "row", row, column: null, detail: `it has ${record.length} cells, the header ${header.length}` });
      return;
    }
    yield succeed(places.map((place) => cellOf(record[place] as string)));
  }
}

const cellOf = (text: string): Cell => (isMissingCell(text) ? null : text);

async function nextRecord(records: AsyncIterator<string[]>, row: number): Promise<Result<string[] | undefined, TableProblem>> {
  try {
    const next = await records.next();
    return succeed(next.done ? undefined : next.value);
  } catch (error) {
    if (!(error instanceof CsvError)) return fail({ reason: "file", detail: (error as Error).message });
    // The parser reads ahead, so the row at fault may come after the one that was asked for.
    const { records } = error as { records?: unknown };
    return fail({ reason: "row", row: typeof records === "number" ? records : row, column: null, detail: error.message });
  }
}
