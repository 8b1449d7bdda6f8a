/**
 * Rows of an evaluation set as the models and the scores take them: features in /predict's form, label, weight, group. What a row has wrong is
 * named by row and column. Streams; holds one block of rows.
 */
import { columnLayout } from "../../contract/column-layout.ts";
import type { Datatype } from "../../contract/datatype.ts";
import type { ManifestInput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { cellValue } from "../rows/csv-cell.ts";
import { openTable } from "../rows/open-table.ts";
import type { Cell, TableBlock, TableFile, TableProblem, WantedColumn } from "../rows/table.ts";
import type { EvaluationSpec } from "./spec.ts";

export interface EvaluationRow {
  /** From 1. */
  row: number;
  /** In the order of `features`; null is missing. */
  features: unknown[];
  /** Null is missing. A regressor's is a number, a classifier's the label's text. */
  label: number | string | null;
  weight: number;
  group: string | null;
}

export interface EvaluationRows {
  features: readonly string[];
  /** In the file's order, many at once. A row with a problem does not keep the next from being read. */
  blocks: AsyncIterable<readonly Result<EvaluationRow, TableProblem>[]>;
}

/** The columns of all inputs with their datatypes; undefined where rows are not flat or columns have no names. */
export function featureColumns(inputs: readonly ManifestInput[]): { name: string; datatype: Datatype }[] | undefined {
  const layout = columnLayout(inputs);
  if (!layout.inputs.every(({ names }) => names !== undefined)) return undefined;
  return layout.inputs.flatMap(({ input, names = [] }) => names.map((name) => ({ name, datatype: input.datatype })));
}

/** `columns` are the features wanted, of one model or of several together. */
export async function openEvaluationRows(
  file: TableFile,
  columns: readonly { name: string; datatype: Datatype }[],
  { label, weight, group }: EvaluationSpec,
  task: "regression" | "classification",
): Promise<Result<EvaluationRows, TableProblem>> {
  const wanted: WantedColumn[] = columns.map(({ name, datatype }) => ({
    name,
    asNumber: datatype !== "BYTES" && datatype !== "BOOL",
  }));
  wanted.push({ name: label, asNumber: task === "regression" });
  if (weight !== undefined) wanted.push({ name: weight, asNumber: true });
  if (group !== undefined) wanted.push({ name: group.column, asNumber: false });
  const table = await openTable(file, wanted);
  if (!table.ok) return table;
  const isText = file.format === "csv";
  const weightAt = columns.length + 1;
  const groupAt = columns.length + 1 + (weight === undefined ? 0 : 1);

  function rowOf(cells: readonly Cell[], row: number): Result<EvaluationRow, TableProblem> {
    const problem = (column: string, detail: string) => fail({ reason: "row" as const, row, column, detail });
    const features = cells.slice(0, columns.length);
    for (let at = 0; at < columns.length; at++) {
      const cell = features[at];
      if (typeof cell !== "string" || !isText) continue;
      const { name, datatype } = columns[at] as (typeof columns)[number];
      const value = cellValue(cell, datatype);
      if (!value.ok) return problem(name, value.failure);
      features[at] = value.value;
    }
    const labelled = task === "regression" ? numberOf(cells[columns.length]) : succeed(textOf(cells[columns.length]));
    if (!labelled.ok) return problem(label, labelled.failure);
    const weighted = weight === undefined ? succeed(1) : numberOf(cells[weightAt]);
    if (!weighted.ok) return problem(weight ?? "", weighted.failure);
    if (weighted.value === null || !(weighted.value >= 0)) return problem(weight ?? "", "a weight is a number from 0 on");
    return succeed({
      row,
      features,
      label: labelled.value,
      weight: weighted.value,
      group: group === undefined ? null : textOf(cells[groupAt]),
    });
  }

  async function* blocks(source: AsyncIterable<TableBlock>): AsyncGenerator<Result<EvaluationRow, TableProblem>[]> {
    let row = 0;
    for await (const block of source) {
      const first = row + 1;
      row += block.length;
      yield block.map((cells, at) => (cells.ok ? rowOf(cells.value, first + at) : cells));
    }
  }
  return succeed({ features: columns.map(({ name }) => name), blocks: blocks(table.value.blocks) });
}

/** Null is missing. */
function numberOf(cell: Cell): Result<number | null, string> {
  if (cell === null || cell === undefined) return succeed(null);
  const value = typeof cell === "string" ? cellValue(cell, "FP64") : succeed(cell);
  if (!value.ok) return value;
  const number = typeof value.value === "bigint" ? Number(value.value) : value.value;
  if (number === null) return succeed(null);
  return Number.isFinite(number)
    ? succeed(number as number)
    : fail(`${(JSON.stringify(value.value) ?? typeof value.value).slice(0, 40)} is not a number`);
}

function textOf(cell: Cell): string | null {
  if (cell === null || cell === undefined) return null;
  const text = typeof cell === "string" ? cell.trim() : typeof cell === "object" ? JSON.stringify(cell) : String(cell as number);
  return text === "" ? null : text.slice(0, 256);
}
