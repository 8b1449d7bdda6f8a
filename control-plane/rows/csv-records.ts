/** CSV of any shape, by csv-parse: what csv-block.ts does not read, and the sentences for what nobody can read. All cells are texts, blocks of them. */
import { CsvError, parse } from "csv-parse";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { openBytes } from "./file-stream.ts";
import type { TableFile, TableProblem } from "./table.ts";

const BLOCK_RECORDS = 256;

/**
 * The records after the first `skipped`, all of the file's cells in each. The last item may be a problem.
 *
 * @param recordBytesMax a record with more is a problem
 */
export async function* csvRecords(
  file: TableFile,
  { skipped, recordBytesMax }: { skipped: number; recordBytesMax: number },
): AsyncGenerator<Result<string[], TableProblem>[]> {
  const bytes = openBytes(file);
  const parser = parse({ bom: true, skip_empty_lines: true, relax_column_count: true, max_record_size: recordBytesMax });
  bytes.on("error", (error) => parser.destroy(error));
  bytes.pipe(parser);
  let record = 0;
  let block: Result<string[], TableProblem>[] = [];
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      record++;
      if (record <= skipped) continue;
      block.push(succeed(cells));
      if (block.length < BLOCK_RECORDS) continue;
      yield block;
      block = [];
    }
    yield block;
  } catch (error) {
    yield [...block, fail(problemOf(error, record))];
  } finally {
    parser.destroy();
    bytes.destroy();
  }
}

function problemOf(error: unknown, record: number): TableProblem {
  if (!(error instanceof CsvError)) return { reason: "file", detail: (error as Error).message };
  // The parser reads ahead, so the row at fault may come after the one that was asked for. The header is a record and no row.
  const { records } = error as { records?: unknown };
  return { reason: "row", row: typeof records === "number" ? records : record, column: null, detail: error.message };
}
