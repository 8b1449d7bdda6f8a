/** Which columns are read and as what, and what is left of a column once it is read. Types only. */

export type ColumnKind = "numeric" | "categorical";

export type WantedColumn =
  | { name: string; kind: ColumnKind }
  /** |prediction − truth| of each row that has both. */
  | { name: string; kind: "absolute_error"; prediction: string; truth: string };

/** The values of one column of a piece of a file, or of all of it. The order of rows is lost: no statistic needs it. */
export type ColumnPart =
  | { kind: "numeric"; values: Float64Array; missing: number }
  | { kind: "categorical"; counts: Map<string, number>; missing: number };

export interface ParsedPart {
  rows: number;
  /** In the order of the wanted columns. */
  columns: ColumnPart[];
}

/** Columns of the file that have to be read for the wanted ones, each once. */
export function physicalColumns(wanted: readonly WantedColumn[]): { name: string; kind: ColumnKind }[] {
  const columns = new Map<string, ColumnKind>();
  for (const column of wanted) {
    if (column.kind !== "absolute_error") columns.set(column.name, column.kind);
  }
  for (const column of wanted) {
    if (column.kind !== "absolute_error") continue;
    columns.set(column.prediction, "numeric");
    columns.set(column.truth, "numeric");
  }
  return [...columns].map(([name, kind]) => ({ name, kind }));
}
