/**
 * A CSV file as a table to train on: the columns that are asked for as float32, an empty cell, NA and NaN as missing. Rows without a label cannot be learnt
 * from and are left out, counted. Everything else that is not a number is refused with its place.
 */
import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { TrainingFailure } from "./failure.ts";
import type { Table } from "./table.ts";

export interface ColumnNames {
  features: readonly string[];
  label: string;
  weight?: string | undefined;
}

export interface ReadTable {
  table: Table;
  /** Rows of the file, those without a label included. */
  rowsRead: number;
}

/** Rows that a table begins with; it doubles when they are full. */
const ROWS_FIRST = 4_096;
const ROWS_MIN = 2;
const MISSING = new Set(["", "NA", "NaN", "nan"]);

/** `refuseLabel` says why a label cannot be, or nothing. */
export async function readCsvTable(
  path: string,
  names: ColumnNames,
  refuseLabel: (label: number) => string | undefined,
): Promise<Result<ReadTable, TrainingFailure>> {
  const columns = [...names.features, names.label, ...(names.weight === undefined ? [] : [names.weight])];
  const labelAt = names.features.length;
  const records = createReadStream(path)
    .on("error", (error) => records.destroy(error))
    .pipe(parse({ bom: true, skip_empty_lines: true }));
  let positions: number[] | undefined;
  let data = columns.map(() => new Float32Array(ROWS_FIRST));
  let rows = 0;
  let rowsRead = 0;
  try {
    for await (const record of records as AsyncIterable<string[]>) {
      if (positions === undefined) {
        const header = record;
        const absent = columns.find((column) => !header.includes(column));
        if (absent !== undefined) return fail({ reason: "column_absent", path, column: absent, columns: header.slice(0, 100) });
        positions = columns.map((column) => header.indexOf(column));
        continue;
      }
      rowsRead++;
      if (rows === (data[0] as Float32Array).length) data = data.map(doubled);
      for (const [at, position] of positions.entries()) {
        const text = record[position] as string;
        const value = MISSING.has(text) ? NaN : Math.fround(Number(text));
        const why = refusal(text, value, at, labelAt, refuseLabel);
        if (why !== undefined) {
          return fail({
            reason: "value_invalid",
            path,
            row: rowsRead,
            column: columns[at] as string,
            text: text.slice(0, 100),
            why,
          });
        }
        (data[at] as Float32Array)[rows] = value;
      }
      if (!Number.isNaN((data[labelAt] as Float32Array)[rows])) rows++;
    }
  } catch (error) {
    if (error instanceof CsvError) return fail({ reason: "csv_invalid", path, detail: error.message });
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  if (positions === undefined) return fail({ reason: "csv_invalid", path, detail: "it is empty" });
  if (rows < ROWS_MIN) return fail({ reason: "too_few_rows", path, rows, min: ROWS_MIN });
  const whole = data.map((column) => column.slice(0, rows));
  const table = {
    features: names.features,
    rows,
    columns: whole.slice(0, labelAt),
    label: whole[labelAt] as Float32Array,
    weight: whole[labelAt + 1],
  };
  if (table.weight?.every((weight) => weight === 0)) return fail({ reason: "weights_zero", path });
  return succeed({ table, rowsRead });
}

function refusal(
  text: string,
  value: number,
  at: number,
  labelAt: number,
  refuseLabel: (label: number) => string | undefined,
): string | undefined {
  if (Number.isNaN(value)) {
    if (!MISSING.has(text)) return "is not a number";
    return at > labelAt ? "cannot be a weight" : undefined;
  }
  if (!Number.isFinite(value)) return "is too large for a float32";
  if (at > labelAt && value < 0) return "cannot be a weight";
  return at === labelAt ? refuseLabel(value) : undefined;
}

function doubled(column: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(2 * column.length);
  larger.set(column);
  return larger;
}
