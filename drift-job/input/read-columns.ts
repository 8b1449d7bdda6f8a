/**
 * Reads the wanted columns of many files as one set, in pieces that are parsed side by side and taken in order. Memory is that of the values
 * (8 bytes a number) and of a few pieces in flight, however long the files are.
 */
import { rowBlocks } from "./blocks.ts";
import { checkColumns } from "./choose-columns.ts";
import type { FileColumns } from "./file-columns.ts";
import { InputError, type InputFailure } from "./input-failure.ts";
import { CATEGORIES_DISTINCT_MAX } from "./input-limits.ts";
import { parquetShape } from "./parquet-columns.ts";
import type { ParseTask } from "./parse-task.ts";
import type { SourceFile } from "./source-file.ts";
import type { ParsedPart, WantedColumn } from "./wanted-column.ts";
import type { Result } from "../../contract/result.ts";

/** A column of all files; numbers in the pieces that they came in, which are joined only when they are needed. */
export type ReadColumn =
  | { kind: "numeric"; pieces: Float64Array[]; missing: number }
  | { kind: "categorical"; counts: Map<string, number>; missing: number };

/** A file whose beginning was looked at, once. */
export interface SeenFile {
  source: SourceFile;
  seen: FileColumns;
}

export interface ReadColumns {
  rows: number;
  /** In the order of the wanted columns. */
  columns: ReadColumn[];
}

export interface Parsing {
  parse: (task: ParseTask) => Promise<Result<ParsedPart, InputFailure>>;
  /** Pieces that are parsed at the same time. */
  atOnce: number;
}

/**
 * @param onBytes told of the bytes of the files as they are read
 * @throws InputError with the file, and the row and column where one is at fault
 */
export async function readColumns(
  files: readonly SeenFile[],
  wanted: WantedColumn[],
  parsing: Parsing,
  onBytes: (bytes: number) => void,
): Promise<ReadColumns> {
  const read: ReadColumns = { rows: 0, columns: wanted.map(({ kind }) => emptyColumn(kind)) };
  for (const { source, seen } of files) {
    checkColumns(source, seen.columns, wanted);
    let rowsBefore = 0;
    for await (const outcome of inOrder(tasksOf(source, seen, wanted, onBytes), parsing)) {
      if (!outcome.ok) throw new InputError(atRow(outcome.failure, source.format === "parquet" ? 0 : rowsBefore));
      rowsBefore += outcome.value.rows;
      add(read, outcome.value, wanted, source);
    }
  }
  return read;
}

async function* tasksOf(
  file: SourceFile,
  seen: FileColumns,
  wanted: WantedColumn[],
  onBytes: (bytes: number) => void,
): AsyncGenerator<ParseTask> {
  if (file.format === "parquet") {
    const { ranges, rows } = await parquetShape(file.path, file.shownAs);
    const layout = { path: file.path, file: file.shownAs, wanted };
    for (const { rowStart, rowEnd } of ranges) {
      yield { format: "parquet", layout, rowStart, rowEnd };
      onBytes((file.bytes * (rowEnd - rowStart)) / Math.max(1, rows));
    }
    return;
  }
  if (file.format === "json_lines") {
    const layout = { file: file.shownAs, wanted };
    for await (const bytes of rowBlocks(file, "plain", onBytes)) yield { format: "json_lines", layout, bytes };
    return;
  }
  const layout = {
    file: file.shownAs,
    delimiter: file.format === "tsv" ? ("\t" as const) : ("," as const),
    header: seen.columns.map(({ name }) => name),
    wanted,
  };
  let isFirst = true;
  for await (const bytes of rowBlocks(file, "quoted", onBytes)) {
    yield { format: "csv", layout, bytes: isFirst ? withoutFirstRow(bytes) : bytes };
    isFirst = false;
  }
}

/** Outcomes in the order of the tasks, `atOnce` of them at work; no more tasks are asked for than that. */
async function* inOrder(
  tasks: AsyncIterable<ParseTask>,
  { parse, atOnce }: Parsing,
): AsyncGenerator<Result<ParsedPart, InputFailure>> {
  const working: Promise<Result<ParsedPart, InputFailure>>[] = [];
  try {
    for await (const task of tasks) {
      working.push(parse(task));
      if (working.length >= atOnce) yield await (working.shift() as Promise<Result<ParsedPart, InputFailure>>);
    }
    while (working.length > 0) yield await (working.shift() as Promise<Result<ParsedPart, InputFailure>>);
  } finally {
    await Promise.allSettled(working);
  }
}

function add(read: ReadColumns, part: ParsedPart, wanted: readonly WantedColumn[], file: SourceFile): void {
  read.rows += part.rows;
  for (const [at, column] of read.columns.entries()) {
    const more = part.columns[at];
    if (column.kind === "numeric" && more?.kind === "numeric") {
      if (more.values.length > 0) column.pieces.push(more.values);
      column.missing += more.missing;
    } else if (column.kind === "categorical" && more?.kind === "categorical") {
      for (const [category, count] of more.counts) column.counts.set(category, (column.counts.get(category) ?? 0) + count);
      column.missing += more.missing;
      if (column.counts.size > CATEGORIES_DISTINCT_MAX)
        throw new InputError({
          reason: "column_too_various",
          file: file.shownAs,
          column: wanted[at]?.name ?? "",
          distinctMax: CATEGORIES_DISTINCT_MAX,
        });
    }
  }
}

const emptyColumn = (kind: WantedColumn["kind"]): ReadColumn =>
  kind === "categorical" ? { kind, counts: new Map(), missing: 0 } : { kind: "numeric", pieces: [], missing: 0 };

const atRow = (failure: InputFailure, rowsBefore: number): InputFailure =>
  "row" in failure ? { ...failure, row: failure.row + rowsBefore } : failure;

/** After the header; a line break within its quotes does not end it. */
function withoutFirstRow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let isQuoted = false;
  let isBlank = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) isQuoted = !isQuoted;
    if (byte === NEWLINE && !isQuoted) {
      if (!isBlank) return bytes.slice(at + 1);
    } else if (byte !== RETURN) isBlank = false;
  }
  return bytes.slice(bytes.length);
}

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
