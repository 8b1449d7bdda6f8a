/** Parses whole lines of JSON, one object a row, into the wanted columns. A column that a row has not, or has as null, is a missing value. */
import { InputError } from "./input-failure.ts";
import { countCategory, physicalBuffers, wantedParts } from "./row-columns.ts";
import type { ParsedPart, WantedColumn } from "./wanted-column.ts";

export interface JsonLinesLayout {
  file: string;
  wanted: WantedColumn[];
}

/**
 * @param bytes whole lines
 * @param firstRow number of the first row in the file, from 1
 * @throws InputError with file, row and column
 */
export function parseJsonLinesBlock(bytes: Uint8Array, { file, wanted }: JsonLinesLayout, firstRow: number): ParsedPart {
  const lines = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const physical = physicalBuffers(wanted, lines.length);
  for (const [at, line] of lines.entries()) {
    const row = firstRow + at;
    const record = parseLine(line, file, row);
    for (const column of physical) {
      const value = record[column.name];
      const isMissing = value === undefined || value === null;
      if (column.kind === "categorical") {
        if (!countCategory(column, isMissing ? undefined : typeof value === "string" ? value : JSON.stringify(value)))
          throw new InputError({ reason: "column_too_various", file, column: column.name, distinctMax: column.counts.size - 1 });
      } else if (isMissing) column.values[at] = Number.NaN;
      else if (typeof value === "number" && Number.isFinite(value)) column.values[at] = value;
      else
        throw new InputError({
          reason: "cell_invalid",
          file,
          row,
          column: column.name,
          value: typeof value === "string" ? value.slice(0, 60) : JSON.stringify(value).slice(0, 60),
          detail: typeof value === "number" ? "is larger than a double can hold" : "is not a number",
        });
    }
  }
  return wantedParts(wanted, physical, lines.length);
}

function parseLine(line: string, file: string, row: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError({ reason: "row_invalid", file, row, detail: (error as Error).message });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError({ reason: "row_invalid", file, row, detail: "a row is an object of column name to value" });
}
