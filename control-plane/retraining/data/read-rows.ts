/** Streams the rows of a data file: CSV with a header, or JSON lines. One row in memory at a time. */
import { parse } from "csv-parse";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Row } from "./row.ts";

const FORMATS = ["csv", "jsonl"] as const;
type Format = (typeof FORMATS)[number];

/** What a data file may be called; others in the same place are left alone. */
export const DATA_FILE_ENDINGS = FORMATS.flatMap((format) => [`.${format}`, `.${format}.gz`]);

export const isDataFile = (name: string): boolean => DATA_FILE_ENDINGS.some((ending) => name.endsWith(ending));

/** Rows in the file's order. Throws when the file cannot be read as what its name says. */
export async function* readRows(path: string): AsyncGenerator<Row> {
  const isGzipped = path.endsWith(".gz");
  const format = FORMATS.find((one): one is Format => (isGzipped ? path.slice(0, -3) : path).endsWith(`.${one}`));
  const file = createReadStream(path);
  // The end of the pipeline is read below, where its failure surfaces.
  const bytes = isGzipped ? pipeline(file, createGunzip(), () => undefined) : file;
  if (format === "jsonl") {
    for await (const line of createInterface({ input: bytes, crlfDelay: Infinity })) if (line.trim() !== "") yield jsonRow(line);
    return;
  }
  const parser = parse({ columns: true, bom: true, skip_empty_lines: true, trim: true });
  for await (const row of pipeline(bytes, parser, () => undefined)) yield row as Row;
}

function jsonRow(line: string): Row {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("a line is not an object");
  return Object.fromEntries(Object.entries(value).map(([column, cell]) => [column, cell === null ? "" : String(cell)]));
}
