/** Opens a file of rows by its format. It is then read block by block in order, never whole. */
import { succeed, type Result } from "../../contract/result.ts";
import { openCsvTable } from "./csv-table.ts";
import { openJsonTable } from "./json-table.ts";
import type { Table, TableFile, TableProblem, WantedColumn } from "./table.ts";

/** Opens the file for these columns, all of which it must have. */
export async function openTable(file: TableFile, wanted: readonly WantedColumn[]): Promise<Result<Table, TableProblem>> {
  switch (file.format) {
    case "csv":
      return openCsvTable(file, wanted);
    case "jsonl":
      return succeed(openJsonTable(file, wanted));
    case "parquet": {
      // Hyparquet is loaded for such files only: what reads rows is often a process of its own that lives for one file.
      const { openParquetTable } = await import("./parquet-table.ts");
      return openParquetTable(file, wanted);
    }
  }
}
