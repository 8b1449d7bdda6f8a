/** A file of rows that a command was given: its size, and by its name what it is. Its rows are read elsewhere. */
import { stat } from "node:fs/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { TableFormat } from "../rows/table.ts";
import type { CliFailure } from "./failure.ts";

export interface DescribedTable {
  fileBytes: number;
  format: TableFormat;
  isGzipped: boolean;
}

export async function describeTableFile(path: string): Promise<Result<DescribedTable, CliFailure>> {
  const [, format, gz] = /\.(csv|jsonl|parquet)(\.gz)?$/.exec(path) ?? [];
  if (format === undefined || (format === "parquet" && gz !== undefined)) {
    return fail({ reason: "usage", detail: `${path}: the file's name ends in .csv, .jsonl, .csv.gz, .jsonl.gz or .parquet` });
  }
  try {
    return succeed({ fileBytes: (await stat(path)).size, format: format as TableFormat, isGzipped: gz !== undefined });
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
}
