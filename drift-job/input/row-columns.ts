/**
 * Collects the cells of a piece of a file row by row: numbers in typed arrays with NaN for a missing one, texts as counts; then turns them
 * into the wanted columns. Nothing here knows a file format.
 */
import { CATEGORIES_DISTINCT_MAX } from "./input-limits.ts";
import { physicalColumns, type ColumnPart, type ParsedPart, type WantedColumn } from "./wanted-column.ts";

export type PhysicalColumn =
  | { name: string; kind: "numeric"; values: Float64Array }
  | { name: string; kind: "categorical"; counts: Map<string, number>; missing: number };

/** @param capacity rows that the piece can have at most; numbers beyond it would be lost */
export const physicalBuffers = (wanted: readonly WantedColumn[], capacity: number): PhysicalColumn[] =>
  physicalColumns(wanted).map(({ name, kind }) =>
    kind === "numeric"
      ? { name, kind, values: new Float64Array(capacity) }
      : { name, kind, counts: new Map<string, number>(), missing: 0 },
  );

/** Counts one text. False when the column has become too various to be a category. */
export function countCategory(column: PhysicalColumn & { kind: "categorical" }, text: string | undefined): boolean {
  if (text === undefined) column.missing++;
  else column.counts.set(text, (column.counts.get(text) ?? 0) + 1);
  return column.counts.size <= CATEGORIES_DISTINCT_MAX;
}

/** The wanted columns out of what was read; of numbers, only those that are there are kept, in arrays of their own. */
export function wantedParts(wanted: readonly WantedColumn[], physical: readonly PhysicalColumn[], rows: number): ParsedPart {
  const byName = new Map(physical.map((column) => [column.name, column]));
  const numbersOf = (name: string): Float64Array => {
    const column = byName.get(name);
    if (column?.kind !== "numeric") throw new Error(`${name} was not read as numbers`);
    return column.values;
  };
  const columns = wanted.map((column): ColumnPart => {
    if (column.kind === "numeric") return withoutMissing(numbersOf(column.name), rows);
    if (column.kind === "absolute_error") {
      const [prediction, truth] = [numbersOf(column.prediction), numbersOf(column.truth)];
      const errors = Float64Array.from({ length: rows }, (_, row) =>
        Math.abs((prediction[row] as number) - (truth[row] as number)),
      );
      return withoutMissing(errors, rows);
    }
    const read = byName.get(column.name);
    if (read?.kind !== "categorical") throw new Error(`${column.name} was not read as categories`);
    return { kind: "categorical", counts: read.counts, missing: read.missing };
  });
  return { rows, columns };
}

function withoutMissing(values: Float64Array, rows: number): ColumnPart {
  const kept = new Float64Array(rows);
  let length = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    kept[length] = value;
    // NaN is the only value that is not itself: it is overwritten by the next.
    if (value === value) length++;
  }
  return { kind: "numeric", values: length === rows ? kept : kept.slice(0, length), missing: rows - length };
}
