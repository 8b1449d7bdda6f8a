/** Which columns are compared: those that were named, or all of the reference that can be. Pure. */
import type { FileColumn } from "./file-columns.ts";
import { InputError } from "./input-failure.ts";
import { FEATURES_MAX } from "./input-limits.ts";
import type { SourceFile } from "./source-file.ts";
import type { WantedColumn } from "./wanted-column.ts";

export interface ColumnChoice {
  /** Named as numbers; empty together with `categorical` means all that can be compared. */
  features: readonly string[];
  categorical: readonly string[];
  excluded: readonly string[];
  /** The model's output, compared like a feature. */
  prediction?: string | undefined;
  /** What came true; with `prediction`, the absolute error is compared too. */
  truth?: string | undefined;
}

/** Name under which the absolute error is reported. */
export const ERROR_COLUMN = "absolute_error";

export interface ChosenColumns {
  wanted: WantedColumn[];
  /** Columns of the reference that nobody named and that cannot be compared. */
  passedOver: string[];
}

/** @throws InputError when nothing or too much is left */
export function chooseColumns(file: string, columns: readonly FileColumn[], choice: ColumnChoice): ChosenColumns {
  const isNamed = choice.features.length + choice.categorical.length > 0;
  const outputs = [choice.prediction, choice.truth].filter((name) => name !== undefined);
  const passedOver: string[] = [];
  const wanted = new Map<string, WantedColumn>();
  if (isNamed) {
    for (const name of choice.features) wanted.set(name, { name, kind: "numeric" });
    for (const name of choice.categorical) wanted.set(name, { name, kind: "categorical" });
  } else {
    for (const { name, kind } of columns) {
      if (outputs.includes(name) || choice.excluded.includes(name)) continue;
      if (kind === undefined) passedOver.push(name);
      else wanted.set(name, { name, kind });
    }
  }
  if (wanted.size === 0 && outputs.length === 0) throw new InputError({ reason: "no_features", file });
  if (wanted.size > FEATURES_MAX)
    throw new InputError({ reason: "too_many_features", file, columns: wanted.size, featuresMax: FEATURES_MAX });
  const { prediction, truth } = choice;
  if (prediction !== undefined) wanted.set(prediction, { name: prediction, kind: "numeric" });
  if (prediction !== undefined && truth !== undefined)
    wanted.set(ERROR_COLUMN, { name: ERROR_COLUMN, kind: "absolute_error", prediction, truth });
  return { wanted: [...wanted.values()], passedOver };
}

/** @throws InputError when a file lacks a column, or has one that cannot be numbers */
export function checkColumns(
  { shownAs: file, format }: SourceFile,
  columns: readonly FileColumn[],
  needed: readonly WantedColumn[],
): void {
  const byName = new Map(columns.map((column) => [column.name, column]));
  for (const want of needed) {
    const names = want.kind === "absolute_error" ? [want.prediction, want.truth] : [want.name];
    for (const name of names) {
      const found = byName.get(name);
      if (found === undefined) throw new InputError({ reason: "column_absent", file, column: name, known: [...byName.keys()] });
      // Of text formats only the beginning was seen: reading will tell the row. Parquet says it for the whole column.
      if (format === "parquet" && want.kind !== "categorical" && found.kind !== "numeric")
        throw new InputError({ reason: "column_not_numeric", file, column: name, datatype: found.datatype });
    }
  }
}
