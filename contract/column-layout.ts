/** How a manifest's inputs lie in a row: which are columns with names, which take a nested array. Worked out once per manifest. */
import type { ManifestInput } from "./manifest.ts";

export interface InputColumns {
  input: ManifestInput;
  /** Columns of this input in a row; 0 when it takes a nested array. */
  width: number;
  /** Names of the columns; absent when the manifest gives none, so that they go by position or by the input's name. */
  names: readonly string[] | undefined;
  /** Whether axis 0 is the rows of the request. */
  rowAxis: boolean;
}

export interface ColumnLayout {
  inputs: InputColumns[];
  /** All inputs are columns, so a row may be a flat array. */
  isTabular: boolean;
  /** Columns over all inputs. */
  width: number;
  /** A name for every column, for messages and for objects. */
  names: string[];
}

export function columnLayout(inputs: readonly ManifestInput[]): ColumnLayout {
  const columns = inputs.map((input): InputColumns => {
    const rank = input.shape.length;
    const rowAxis = rank > 0;
    const second = input.shape[1];
    const width = rank === 1 ? 1 : rank === 2 && second !== undefined && second > 0 ? second : 0;
    const names = input.features ?? (width === 1 ? [input.name] : undefined);
    return { input, width, names: names?.length === width ? names : undefined, rowAxis };
  });
  const names = columns.flatMap(({ input, width, names }) =>
    width === 0 ? [input.name] : (names ?? Array.from({ length: width }, (_, column) => `${input.name}[${column}]`)),
  );
  return {
    inputs: columns,
    isTabular: columns.every(({ width }) => width > 0),
    width: columns.reduce((sum, { width }) => sum + width, 0),
    names,
  };
}
