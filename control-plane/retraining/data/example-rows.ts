/** The first rows of a part as /predict takes them: what the version's golden rows are made from. */
import { basename, dirname } from "node:path";
import { readRows } from "./read-rows.ts";
import { isMissing } from "./row.ts";

/** Arrays in the features' order; a missing value is null. */
export async function exampleRows(path: string, features: readonly string[], count: number): Promise<(number | null)[][]> {
  const examples: (number | null)[][] = [];
  for await (const read of readRows(dirname(path), basename(path), features)) {
    if (!read.ok || examples.length === count) break;
    const { row } = read.value;
    examples.push(features.map((feature) => (isMissing(row[feature]) ? null : Number(row[feature]))));
  }
  return examples;
}
