/** Columns of a Parquet file by hyparquet and its compressors, some rows at a time. Says which columns can be numbers and which categories. */
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type DecodedArray,
  type FileMetaData,
  type ParquetScan,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { InputError } from "./input-failure.ts";
import { countCategory, physicalBuffers, wantedParts, type PhysicalColumn } from "./row-columns.ts";
import type { ColumnKind, ParsedPart, WantedColumn } from "./wanted-column.ts";

export interface ParquetColumn {
  name: string;
  datatype: string;
  /** What it can be compared as; undefined for times, lists and other things that are neither. */
  kind: ColumnKind | undefined;
}

export interface ParquetLayout {
  path: string;
  file: string;
  wanted: WantedColumn[];
}

export interface ParquetShape {
  columns: ParquetColumn[];
  rows: number;
  /** Physical ranges that are read one at a time: the row groups. */
  ranges: readonly { rowStart: number; rowEnd: number }[];
}

/** @throws InputError when it is no whole Parquet file */
export async function parquetShape(path: string, file: string): Promise<ParquetShape> {
  const { metadata, ranges } = await openScan(path, file);
  const columns = parquetSchema(metadata).children.map(({ element, children }): ParquetColumn => {
    const datatype = children.length > 0 ? "nested values" : datatypeOf(element);
    return { name: element.name, datatype, kind: children.length > 0 ? undefined : kindOf(element) };
  });
  return { columns, rows: rowsOf(metadata), ranges };
}

/**
 * @param rowStart first row, from 0; with rowEnd (exclusive) within one of the shape's ranges
 * @throws InputError
 */
export async function parseParquetRows(
  { path, file, wanted }: ParquetLayout,
  rowStart: number,
  rowEnd: number,
): Promise<ParsedPart> {
  const scan = await openScan(path, file);
  const rows = rowEnd - rowStart;
  const physical = physicalBuffers(wanted, rows);
  for (const column of physical) {
    let data: DecodedArray;
    try {
      data = await scan.readColumn({ column: column.name, rowStart, rowEnd });
    } catch (error) {
      throw invalid(file, error);
    }
    if (data.length !== rows) throw invalid(file, new Error(`column ${column.name} has ${data.length} of ${rows} rows`));
    takeColumn(column, data, file, rowStart);
  }
  return wantedParts(wanted, physical, rows);
}

function takeColumn(column: PhysicalColumn, data: DecodedArray, file: string, rowStart: number): void {
  const rows = data.length;
  if (column.kind === "categorical") {
    for (let row = 0; row < rows; row++) {
      const value = data[row] as unknown;
      const text = value === null || value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
      if (!countCategory(column, text))
        throw new InputError({ reason: "column_too_various", file, column: column.name, distinctMax: column.counts.size - 1 });
    }
    return;
  }
  const { values } = column;
  if (data instanceof Float64Array || data instanceof Float32Array || data instanceof Int32Array) values.set(data);
  else {
    for (let row = 0; row < rows; row++) {
      const value = data[row] as unknown;
      values[row] = value === null || value === undefined ? Number.NaN : Number(value);
    }
  }
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    if (value === Infinity || value === -Infinity)
      throw new InputError({
        reason: "cell_invalid",
        file,
        row: rowStart + row + 1,
        column: column.name,
        value: String(value),
        detail: "is infinite, and distributions of finite values are compared",
      });
  }
}

/** The last scan of this thread: the row groups of one file are asked for one after another, its metadata is read once. */
let last: { path: string; scan: Promise<ParquetScan> } | undefined;

async function openScan(path: string, file: string): Promise<ParquetScan> {
  if (last?.path !== path) last = { path, scan: scanOf(path) };
  try {
    return await last.scan;
  } catch (error) {
    last = undefined;
    throw invalid(file, error);
  }
}

async function scanOf(path: string): Promise<ParquetScan> {
  const buffer = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(buffer);
  return parquetScan({ file: buffer, metadata, compressors });
}

const invalid = (file: string, error: unknown): InputError =>
  new InputError({ reason: "file_invalid", file, detail: `it is no whole Parquet file (${(error as Error).message})` });

const rowsOf = ({ num_rows: rows }: FileMetaData): number => Number(rows);

const datatypeOf = ({ type, logical_type: logical, converted_type: converted }: SchemaElement): string =>
  (logical?.type ?? converted ?? type ?? "nothing").toLowerCase();

function kindOf({
  type,
  logical_type: logical,
  converted_type: converted,
  repetition_type: repetition,
}: SchemaElement): ColumnKind | undefined {
  if (repetition === "REPEATED") return undefined;
  const meaning = logical?.type ?? converted;
  if (meaning === "DECIMAL" || meaning === "FLOAT16") return "numeric";
  switch (type) {
    case "FLOAT":
    case "DOUBLE":
      return "numeric";
    case "INT32":
    case "INT64":
      return meaning === undefined || /^U?INT/.test(meaning) ? "numeric" : undefined;
    case "BOOLEAN":
      return "categorical";
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      return meaning === undefined || meaning === "STRING" || meaning === "UTF8" || meaning === "ENUM"
        ? "categorical"
        : undefined;
    case "INT96":
    case undefined:
      return undefined;
  }
  return undefined;
}
