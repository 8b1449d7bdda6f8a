/** Rows of a JSON lines file, streamed: one object by column name on each line. null is a missing value; an absent column is an error. */
import { createInterface } from "node:readline";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { parseExactJson } from "./exact-json.ts";
import { openBytes } from "./file-stream.ts";
import type { Cell, Table, TableFile, TableProblem, WantedColumn } from "./table.ts";

const BLOCK_ROWS = 256;

export function openJsonTable(file: TableFile, wanted: readonly WantedColumn[]): Table {
  const names = wanted.map(({ name }) => name);
  async function* blocks(): AsyncGenerator<Result<Cell[], TableProblem>[]> {
    const bytes = openBytes(file);
    const lines = createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
    let row = 0;
    let block: Result<Cell[], TableProblem>[] = [];
    try {
      for await (const line of lines) {
        if (line.trim() === "") continue;
        row++;
        const cells = cellsOf(line, row, names);
        block.push(cells);
        if (!cells.ok) break;
        if (block.length < BLOCK_ROWS) continue;
        yield block;
        block = [];
      }
      yield block;
    } catch (error) {
      yield [...block, fail({ reason: "file", detail: (error as Error).message })];
    } finally {
      bytes.destroy();
    }
  }
  return { columns: null, blocks: blocks() };
}

function cellsOf(line: string, row: number, wanted: readonly string[]): Result<Cell[], TableProblem> {
  const problem = (column: string | null, detail: string) => fail({ reason: "row" as const, row, column, detail });
  let value: unknown;
  try {
    value = parseExactJson(line);
  } catch (error) {
    return problem(null, `not JSON: ${(error as Error).message}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return problem(null, "an object by column name is needed");
  const cells: Cell[] = [];
  for (const name of wanted) {
    if (!Object.hasOwn(value, name)) return problem(name, "it is absent; use null for a missing value");
    cells.push((value as Record<string, unknown>)[name]);
  }
  return succeed(cells);
}
