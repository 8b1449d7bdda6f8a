/** What a file of rows is to `edgewise predict`, whatever its format: rows in order, and the text that each becomes once predicted. */
import type { ColumnLayout } from "../../../contract/column-layout.ts";
import type { Datatype } from "../../../contract/datatype.ts";
import type { Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";

export const PREDICTION_COLUMN = "prediction";

/** A column that the model takes, and how to read a cell of it. */
export interface ModelColumn {
  name: string;
  /** Undefined: numbers as numbers, the rest as it stands. */
  datatype: Datatype | undefined;
}

export interface ReadRow {
  /** Position in the file from 1, a header not counted. */
  row: number;
  /** In /predict's form. */
  instance: unknown;
  /** The line to write for it; `predictionText` is the prediction as JSON. */
  outputLine: (predictionText: string) => string;
  /** Bytes of the file up to the end of this row. */
  readBytes: number;
}

export interface RowSource {
  /** Line that goes before all rows of the output, if the format has one. */
  outputHeader: string | undefined;
  /** Columns of the file that the model does not take. A JSON lines file has no header, so it fills as rows are read. */
  ignoredColumns: Set<string>;
  rows: AsyncIterable<Result<ReadRow, CliFailure>>;
}

/** The columns of a model whose rows are flat and whose names are known; undefined when rows can only be passed on as they are. */
export function modelColumns(layout: ColumnLayout): ModelColumn[] | undefined {
  if (!layout.inputs.every(({ names }) => names !== undefined)) return undefined;
  return layout.inputs.flatMap(({ input, names = [] }) => names.map((name) => ({ name, datatype: input.datatype })));
}
