/** Streams the rows of a data file, whatever its format, as texts by column; and which columns of the files a configuration needs. */
import { join } from "node:path";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { openTable } from "../../rows/open-table.ts";
import { TABLE_FORMATS, type Cell, type TableFile } from "../../rows/table.ts";
import type { RetrainConfig } from "../../api/retrain-config-schema.ts";
import type { DataFailure } from "./data-failure.ts";
import { timeColumns } from "./row-time.ts";
import type { Row } from "./row.ts";

/** What a data file may be called; others in the same place are left alone. */
export const DATA_FILE_ENDINGS = [...TABLE_FORMATS.map((format) => `.${format}`), ".csv.gz", ".jsonl.gz"];

export const isDataFile = (name: string): boolean => DATA_FILE_ENDINGS.some((ending) => name.endsWith(ending));

export type DataRow = { row: Row; number: number };

/** Rows in the file's order, numbered from 1. The last item may be a failure; nothing comes after one. */
export async function* readRows(
  directory: string,
  file: string,
  columns: readonly string[],
): AsyncGenerator<Result<DataRow, DataFailure>> {
  const unreadable = (detail: string) => fail<DataFailure>({ reason: "data_file_unreadable", file, detail });
  const table = await openTable(
    tableFile(join(directory, file)),
    columns.map((name) => ({ name, asNumber: false })),
  );
  if (!table.ok) return yield unreadable(table.failure.detail);
  let number = 0;
  for await (const block of table.value.blocks) {
    for (const cells of block) {
      if (!cells.ok)
        return yield unreadable(
          cells.failure.reason === "row" ? `row ${cells.failure.row}: ${cells.failure.detail}` : cells.failure.detail,
        );
      number++;
      yield succeed({ number, row: Object.fromEntries(columns.map((column, at) => [column, textOf(cells.value[at])])) });
    }
  }
}

/** The columns that the files themselves must have: those of the parts, taken back through the steps, and the time. */
export function sourceColumns({
  features,
  label,
  weight,
  time,
  preprocess,
}: Pick<RetrainConfig, "features" | "label" | "weight" | "time" | "preprocess">): string[] {
  const needed = new Set([...features, label, ...(weight === undefined ? [] : [weight])]);
  for (const step of Array.isArray(preprocess) ? preprocess.toReversed() : []) {
    switch (step.step) {
      case "drop_rows_without":
        for (const column of step.columns) needed.add(column);
        break;
      case "drop_rows_outside":
        needed.add(step.column);
        break;
      case "derive":
        needed.delete(step.column);
        break;
      case "rename":
        if (needed.delete(step.to)) needed.add(step.from);
    }
  }
  return [...new Set([...timeColumns(time), ...needed])];
}

function tableFile(path: string): TableFile {
  const isGzipped = path.endsWith(".gz");
  const name = isGzipped ? path.slice(0, -".gz".length) : path;
  const format = TABLE_FORMATS.find((one) => name.endsWith(`.${one}`));
  if (!format) throw new Error(`${path} is no data file`);
  return { path, format, isGzipped };
}

const textOf = (cell: Cell): string => {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell as string | number | bigint | boolean);
};
