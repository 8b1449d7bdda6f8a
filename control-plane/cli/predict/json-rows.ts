/** Rows of a JSON lines file, streamed: one object by feature name, or one array in feature order, on each line. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";
import { exactJsonText, parseExactJson } from "../../rows/exact-json.ts";
import { PREDICTION_COLUMN, type ModelColumn, type ReadRow, type RowSource } from "./row-source.ts";

/** Without `columns`, every row is sent as it stands. */
export function openJsonLines(path: string, columns: readonly ModelColumn[] | undefined): RowSource {
  const ignoredColumns = new Set<string>();

  async function* rows(): AsyncGenerator<Result<ReadRow, CliFailure>> {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
    let row = 0;
    let readBytes = 0;
    try {
      for await (const line of lines) {
        readBytes += Buffer.byteLength(line) + 1;
        if (line.trim() === "") continue;
        row++;
        const read = readLine(line, columns, ignoredColumns);
        if (read.ok) yield succeed({ row, ...read.value, readBytes });
        else yield fail({ reason: "row_invalid", path, row, ...read.failure });
      }
    } catch (error) {
      yield fail({ reason: "file_unreadable", path, detail: (error as Error).message });
    }
  }

  return { outputHeader: undefined, ignoredColumns, rows: rows() };
}

/** One line of the file; names that the model does not take go into `ignoredColumns`. */
export function readLine(
  line: string,
  columns: readonly ModelColumn[] | undefined,
  ignoredColumns: Set<string>,
): Result<Pick<ReadRow, "instance" | "outputLine">, { column?: string; detail: string }> {
  let value: unknown;
  try {
    value = parseExactJson(line);
  } catch (error) {
    return fail({ detail: `not JSON: ${(error as Error).message}` });
  }
  if (Array.isArray(value)) {
    const text = line.trim();
    const unfit = columns?.length === value.length ? unfitColumn(columns, (_, at) => (value as unknown[])[at]) : undefined;
    if (unfit) return fail(unfit);
    return succeed({
      instance: value,
      outputLine: (predictionText) => `{"instance":${text},"${PREDICTION_COLUMN}":${predictionText}}`,
    });
  }
  if (value === null || typeof value !== "object")
    return fail({ detail: "an object by feature name or an array in order is needed" });
  const given = value as Record<string, unknown>;
  if (Object.hasOwn(given, PREDICTION_COLUMN)) {
    return fail({ column: PREDICTION_COLUMN, detail: "the name is taken by the output: rename or drop it" });
  }
  const outputLine = (predictionText: string): string =>
    appendMember(line.trim(), exactJsonText(PREDICTION_COLUMN), predictionText);
  if (columns === undefined) return succeed({ instance: given, outputLine });
  const instance: Record<string, unknown> = {};
  for (const { name } of columns) {
    if (!Object.hasOwn(given, name)) return fail({ column: name, detail: "it is absent; use null for a missing value" });
    instance[name] = given[name];
  }
  const unfit = unfitColumn(columns, ({ name }) => instance[name]);
  if (unfit) return fail(unfit);
  for (const name of Object.keys(given)) if (!Object.hasOwn(instance, name)) ignoredColumns.add(name);
  return succeed({ instance, outputLine });
}

/** The first column whose value is of another kind than the model takes; ranges and missing values are the edge's to judge. */
function unfitColumn(
  columns: readonly ModelColumn[],
  valueOf: (column: ModelColumn, at: number) => unknown,
): { column: string; detail: string } | undefined {
  for (const [at, column] of columns.entries()) {
    const value = valueOf(column, at);
    const wanted = column.datatype === "BYTES" ? "string" : column.datatype === "BOOL" ? "boolean" : "number";
    if (value === null || typeof value === wanted || (wanted === "number" && typeof value === "bigint")) continue;
    return { column: column.name, detail: `${exactJsonText(value).slice(0, 40)} is not a ${wanted}` };
  }
  return undefined;
}

/** Adds a member to the text of an object, leaving the rest byte for byte. */
function appendMember(text: string, nameText: string, valueText: string): string {
  const inside = text.slice(0, -1).trimEnd();
  return `${inside}${inside === "{" ? "" : ","}${nameText}:${valueText}}`;
}
