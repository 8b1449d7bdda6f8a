import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCsvTable } from "./csv-table.ts";
import type { TrainingFailure } from "./failure.ts";
import { lossOf } from "./loss.ts";

const folder = mkdtempSync(join(tmpdir(), "csv-table-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "rows.csv");

function read(
  text: string,
  more: { weight?: string; task?: "regression" | "binary_classification" } = {},
): ReturnType<typeof readCsvTable> {
  writeFileSync(path, text);
  const { weight, task = "regression" } = more;
  return readCsvTable(path, { features: ["b", "a"], label: "y", weight }, lossOf(task).refuse);
}

describe("a CSV file", () => {
  it("becomes the columns that are asked for, in that order, without the rows that have no label", async () => {
    const outcome = await read('\ufeffa,"b",c,y\r\n1,2,x,3\r\n,NA,x,4\r\n5,6,x,\r\n7,8,x,NaN\r\n1e-3,-0.5,"x,\ny",9\r\n');
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
    expect(outcome.value.rowsRead).toBe(5);
    expect(outcome.value.table).toEqual({
      features: ["b", "a"],
      rows: 3,
      columns: [Float32Array.of(2, NaN, -0.5), Float32Array.of(1, NaN, 1e-3)],
      label: Float32Array.of(3, 4, 9),
      weight: undefined,
    });
  });

  it("is read beyond the rows that a table begins with", async () => {
    const outcome = await read(
      `a,b,y,w\n${Array.from({ length: 10_000 }, (_, row) => `${row},${2 * row},${3 * row},${row}`).join("\n")}\n`,
      { weight: "w" },
    );
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
    const { columns, label, weight, rows } = outcome.value.table;
    expect(rows).toBe(10_000);
    expect([columns[0]?.[9_999], columns[1]?.[9_999], label[9_999], weight?.[9_999]]).toEqual([19_998, 9_999, 29_997, 9_999]);
  });

  it.each<[string, string, object, Partial<TrainingFailure> & object]>([
    ["a column that is not there", "a,c,y\n1,2,3\n", {}, { reason: "column_absent", column: "b", columns: ["a", "c", "y"] }],
    ["a text among numbers", "a,b,y\n1,2,3\n1,two,3\n", {}, { reason: "value_invalid", row: 2, column: "b", text: "two" }],
    [
      "a number past float32",
      "a,b,y\n1,1e39,3\n",
      {},
      { reason: "value_invalid", row: 1, column: "b", why: "is too large for a float32" },
    ],
    ["an infinite number", "a,b,y\n1,-Infinity,3\n", {}, { reason: "value_invalid", column: "b" }],
    [
      "a label that is neither 0 nor 1",
      "a,b,y\n1,2,0\n1,2,2\n",
      { task: "binary_classification" },
      { reason: "value_invalid", row: 2, column: "y" },
    ],
    ["a weight below 0", "a,b,y,w\n1,2,3,-1\n", { weight: "w" }, { reason: "value_invalid", column: "w" }],
    ["a weight that is missing", "a,b,y,w\n1,2,3,NA\n", { weight: "w" }, { reason: "value_invalid", column: "w" }],
    ["weights that are all 0", "a,b,y,w\n1,2,3,0\n1,2,3,0\n", { weight: "w" }, { reason: "weights_zero" }],
    ["too few labels", "a,b,y\n1,2,3\n1,2,\n", {}, { reason: "too_few_rows", rows: 1 }],
    ["rows of unequal length", "a,b,y\n1,2\n", {}, { reason: "csv_invalid" }],
    ["nothing in it", "", {}, { reason: "csv_invalid", detail: "it is empty" }],
  ])("is refused with %s", async (_, text, more, failure) => {
    expect(await read(text, more)).toEqual({ ok: false, failure: expect.objectContaining(failure) as unknown });
  });

  it("is refused where there is none", async () => {
    const absent = await readCsvTable(join(folder, "absent.csv"), { features: ["a"], label: "y" }, () => undefined);
    expect(absent).toMatchObject({ ok: false, failure: { reason: "file_unreadable" } });
  });
});
