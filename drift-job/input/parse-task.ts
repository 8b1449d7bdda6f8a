/** What a thread of the drift job parses, and what comes back: a failure as a value, because an error loses its fields on the way. */
import { InputError, type InputFailure } from "./input-failure.ts";
import { parseCsvBlock, type CsvLayout } from "./parse-csv-block.ts";
import { parseJsonLinesBlock, type JsonLinesLayout } from "./parse-json-lines-block.ts";
import { parseParquetRows, type ParquetLayout } from "./parquet-columns.ts";
import type { ParsedPart } from "./wanted-column.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

/** A piece of a file: whole rows of text, or a range of rows of a Parquet file, which the thread reads itself. */
export type ParseTask =
  | { format: "csv"; layout: CsvLayout; bytes: Uint8Array<ArrayBuffer> }
  | { format: "json_lines"; layout: JsonLinesLayout; bytes: Uint8Array<ArrayBuffer> }
  | { format: "parquet"; layout: ParquetLayout; rowStart: number; rowEnd: number };

/** Rows of a text piece are counted from 1: only who knows the pieces before it can say more. */
export async function runParseTask(task: ParseTask): Promise<Result<ParsedPart, InputFailure>> {
  try {
    return succeed(await parsed(task));
  } catch (error) {
    if (error instanceof InputError) return fail(error.failure);
    throw error;
  }
}

function parsed(task: ParseTask): ParsedPart | Promise<ParsedPart> {
  switch (task.format) {
    case "csv":
      return parseCsvBlock(task.bytes, task.layout, 1);
    case "json_lines":
      return parseJsonLinesBlock(task.bytes, task.layout, 1);
    case "parquet":
      return parseParquetRows(task.layout, task.rowStart, task.rowEnd);
  }
}
