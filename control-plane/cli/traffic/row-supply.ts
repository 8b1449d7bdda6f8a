/** Where traffic's rows come from: a CSV file, over and over in its order, or readings made up from a dictionary. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";
import { openCsv } from "../predict/csv-rows.ts";
import type { ModelColumn } from "../predict/row-source.ts";
import type { Random } from "./random.ts";
import { readingDictionary, readingSource } from "./readings.ts";

/** Kept in memory; a longer file's first rows are enough for traffic. */
const FILE_ROWS_MAX = 100_000;

export interface SuppliedRow {
  /** In /predict's form. */
  instance: unknown;
  /** Its truth; null where the file has none for it, undefined where no truth is known at all. */
  actual?: unknown;
}

/** `truthColumn` is taken out of the rows and is their truth. */
export async function rowsOfFile(
  path: string,
  columns: readonly ModelColumn[] | undefined,
  truthColumn?: string,
): Promise<Result<() => SuppliedRow, CliFailure>> {
  const withTruth = columns && truthColumn !== undefined ? [...columns, { name: truthColumn, datatype: undefined }] : columns;
  const source = await openCsv(path, withTruth);
  if (!source.ok) return source;
  const rows: SuppliedRow[] = [];
  for await (const row of source.value.rows) {
    if (!row.ok) return row;
    const instance = row.value.instance as Record<string, unknown>;
    if (truthColumn === undefined) rows.push({ instance });
    else if (!Object.hasOwn(instance, truthColumn)) {
      return fail({ reason: "file_invalid", path, detail: `it has no column ${truthColumn}` });
    } else {
      const { [truthColumn]: actual, ...rest } = instance;
      rows.push({ instance: rest, actual });
    }
    if (rows.length === FILE_ROWS_MAX) break;
  }
  if (rows.length === 0) return fail({ reason: "file_invalid", path, detail: "it has no rows" });
  let next = 0;
  return succeed(() => rows[next++ % rows.length] as SuppliedRow);
}

export async function rowsOfDictionary(path: string, random: Random): Promise<Result<() => SuppliedRow, CliFailure>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  const parsed = readingDictionary.safeParse(JSON.parse(text));
  if (!parsed.success) return fail({ reason: "file_invalid", path, detail: z.prettifyError(parsed.error) });
  const nextReading = readingSource(parsed.data, random);
  return succeed(() => ({ instance: nextReading() }));
}
