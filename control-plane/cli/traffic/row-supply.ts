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

export async function rowsOfFile(
  path: string,
  columns: readonly ModelColumn[] | undefined,
): Promise<Result<() => unknown, CliFailure>> {
  const source = await openCsv(path, columns);
  if (!source.ok) return source;
  const instances: unknown[] = [];
  for await (const row of source.value.rows) {
    if (!row.ok) return row;
    if (instances.push(row.value.instance) === FILE_ROWS_MAX) break;
  }
  if (instances.length === 0) return fail({ reason: "file_invalid", path, detail: "it has no rows" });
  let next = 0;
  return succeed(() => instances[next++ % instances.length]);
}

export async function rowsOfDictionary(path: string, random: Random): Promise<Result<() => unknown, CliFailure>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  const parsed = readingDictionary.safeParse(JSON.parse(text));
  if (!parsed.success) return fail({ reason: "file_invalid", path, detail: z.prettifyError(parsed.error) });
  return succeed(readingSource(parsed.data, random));
}
