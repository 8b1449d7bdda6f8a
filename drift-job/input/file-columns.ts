/** What columns a file has, seen from its beginning: names, and for each whether it can be compared and as what. */
import { parse } from "csv-parse/sync";
import { cellNumber, isMissingCell } from "./cell-text.ts";
import { rowBlocks } from "./blocks.ts";
import { InputError } from "./input-failure.ts";
import { parquetShape } from "./parquet-columns.ts";
import type { SourceFile } from "./source-file.ts";
import type { ColumnKind } from "./wanted-column.ts";

export interface FileColumn {
  name: string;
  /** Guessed for text formats; undefined for what is neither a number nor a category. */
  kind: ColumnKind | undefined;
  /** For messages. */
  datatype: string;
}

export interface FileColumns {
  /** In the file's order. */
  columns: FileColumn[];
  /** Rows of the whole file: exact for Parquet, from the bytes of the first rows otherwise. */
  rowsAbout: number;
}

/** Bytes looked at, and the share of different texts among its rows above which a column is an identifier and not a category. */
const LOOK_BYTES = 64 * 1024;
const LOOK_ROWS = 2_000;
const DISTINCT_SHARE_MAX = 0.5;
/** What gzip makes of numbers as text, roughly; only the number of passes depends on it. */
const GZIP_RATIO = 6;

/** @throws InputError */
export async function fileColumns(source: SourceFile): Promise<FileColumns> {
  if (source.bytes === 0) throw new InputError({ reason: "file_empty", file: source.shownAs });
  if (source.format === "parquet") {
    const { columns, rows } = await parquetShape(source.path, source.shownAs);
    return { columns, rowsAbout: rows };
  }
  const text = await firstRows(source);
  const records = source.format === "json_lines" ? jsonRecords(text) : csvRecords(text, source);
  const names =
    source.format === "json_lines"
      ? [...new Set(records.flatMap((record) => Object.keys(record)))]
      : Object.keys(records[0] ?? {});
  const rows = source.format === "json_lines" ? records : records.slice(1);
  const bytesPerRow = Buffer.byteLength(text) / Math.max(1, records.length);
  return {
    columns: names.map((name) =>
      guess(
        name,
        rows.map((record) => record[name]),
      ),
    ),
    rowsAbout: Math.ceil((source.bytes * (source.isGzip ? GZIP_RATIO : 1)) / bytesPerRow),
  };
}

async function firstRows(source: SourceFile): Promise<string> {
  for await (const block of rowBlocks(source, source.format === "json_lines" ? "plain" : "quoted", () => undefined, LOOK_BYTES))
    return new TextDecoder().decode(block);
  throw new InputError({ reason: "file_empty", file: source.shownAs });
}

type Record_ = Record<string, unknown>;

/** The header's own record first, each name as its own value, so that a file with no rows still has its columns. */
function csvRecords(text: string, source: SourceFile): Record_[] {
  const rows = parse(text, {
    bom: true,
    delimiter: source.format === "tsv" ? "\t" : ",",
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    to: LOOK_ROWS,
  }) as string[][];
  const header = rows[0]?.map((name) => name.trim());
  if (header === undefined) throw new InputError({ reason: "file_empty", file: source.shownAs });
  const seen = new Set<string>();
  const twice = header.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new InputError({
      reason: "file_invalid",
      file: source.shownAs,
      detail: `the header has ${JSON.stringify(twice)} twice`,
    });
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at]])));
}

/** Lines that are no objects are passed over here: reading them will tell. */
function jsonRecords(text: string): Record_[] {
  return text
    .split("\n")
    .slice(0, LOOK_ROWS)
    .flatMap((line): Record_[] => {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === "object" && value !== null && !Array.isArray(value) ? [value as Record_] : [];
      } catch {
        return [];
      }
    });
}

function guess(name: string, values: readonly unknown[]): FileColumn {
  const given = values.filter(
    (value) => value !== undefined && value !== null && !(typeof value === "string" && isMissingCell(value)),
  );
  if (given.length === 0) return { name, kind: "numeric", datatype: "nothing" };
  if (given.every((value) => typeof value === "number" || (typeof value === "string" && cellNumber(value).ok)))
    return { name, kind: "numeric", datatype: "numbers" };
  const isText = given.every((value) => typeof value === "string" || typeof value === "boolean");
  const distinct = new Set(given).size;
  const isCategory = isText && (distinct <= 20 || distinct / given.length <= DISTINCT_SHARE_MAX);
  return { name, kind: isCategory ? "categorical" : undefined, datatype: isText ? "texts" : "nested values" };
}
