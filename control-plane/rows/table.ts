/** What a file of rows with named columns is to its readers, whatever its format. Types, and where columns stand; no files here. */
import { fail, succeed, type Result } from "../../contract/result.ts";

export const TABLE_FORMATS = ["csv", "jsonl", "parquet"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export interface TableFile {
  path: string;
  format: TableFormat;
  /** CSV and JSON lines only: Parquet compresses its pages itself. */
  isGzipped: boolean;
}

export interface WantedColumn {
  name: string;
  /** Of CSV, whose cells are texts: a cell that is a plain decimal may be handed out as the number that `cellValue` makes of it; any other is a text. */
  asNumber: boolean;
}

/** Null is a missing value. A CSV cell that is not missing is a text, or a number where that is asked for. */
export type Cell = unknown;

export type TableProblem =
  /** The file as a whole: unreadable, no header, a wanted column absent. */
  | { reason: "file"; detail: string }
  /** `row` counts from 1, a header not counted. */
  | { reason: "row"; row: number; column: string | null; detail: string };

export interface Table {
  /** Null where the format has no header: a JSON line names its columns itself. */
  columns: readonly string[] | null;
  /**
   * Rows in the file's order, as many at once as have been read: waiting for each takes longer than reading it. The very last one may be a problem;
   * nothing comes after one.
   */
  blocks: AsyncIterable<TableBlock>;
}

/** Rows that follow each other, maybe none; the cells of each in the order of the wanted columns. */
export type TableBlock = readonly Result<Cell[], TableProblem>[];

/** Where each wanted column stands among those there are. */
export function placesOf(columns: readonly string[], wanted: readonly WantedColumn[]): Result<number[], TableProblem> {
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) return fail({ reason: "file", detail: `it has the column ${JSON.stringify(twice)} twice` });
  const absent = wanted.map(({ name }) => name).filter((name) => !columns.includes(name));
  if (absent.length > 0) {
    return fail({ reason: "file", detail: `it lacks the column ${absent.join(", ")}; it has ${columns.join(", ")}` });
  }
  return succeed(wanted.map(({ name }) => columns.indexOf(name)));
}
