import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openJsonLines, readLine } from "./json-rows.ts";
import type { ModelColumn } from "./row-source.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-json-"));
afterAll(() => rmSync(folder, { recursive: true }));

const columns: ModelColumn[] = [{ name: "a", datatype: "FP32" }];

it("sends what the model takes, remembers what it does not, and writes the line back with the prediction", () => {
  const ignored = new Set<string>();
  const read = readLine('{"a": 1.50, "site": "X"}', columns, ignored);
  expect(read.ok && read.value.instance).toEqual({ a: 1.5 });
  expect([...ignored]).toEqual(["site"]);
  expect(read.ok && read.value.outputLine("2")).toBe('{"a": 1.50, "site": "X","prediction":2}');
});

it("keeps a 64-bit integer to the last digit, on the way in and on the way out", () => {
  const read = readLine('{"a": 9007199254740993}', columns, new Set());
  expect(read.ok && read.value.instance).toEqual({ a: 9007199254740993n });
  expect(read.ok && read.value.outputLine("1")).toContain("9007199254740993");
});

it("takes a row that is an array, in the model's order", () => {
  const read = readLine("[1, null]", columns, new Set());
  expect(read.ok && read.value.outputLine("3")).toBe('{"instance":[1, null],"prediction":3}');
});

it.each([
  ["{", { detail: expect.stringContaining("not JSON") }],
  ["7", { detail: expect.stringContaining("an object by feature name") }],
  ['{"b":1}', { column: "a" }],
  ['{"a":1,"prediction":2}', { column: "prediction" }],
  ['{"a":"1"}', { column: "a", detail: '"1" is not a number' }],
  ["[true]", { column: "a", detail: "true is not a number" }],
])("refuses the line %s", (line, failure) => {
  expect(readLine(line, columns, new Set())).toMatchObject({ ok: false, failure });
});

it("counts rows without the empty lines and names file and row of a bad one", async () => {
  const path = join(folder, "rows.jsonl");
  writeFileSync(path, '{"a":1}\n\n{"a":2}\r\n{"b":3}\n');
  const rows = [];
  for await (const row of openJsonLines(path, columns).rows) rows.push(row);
  expect(rows.map((row) => row.ok)).toEqual([true, true, false]);
  expect(rows[2]).toMatchObject({ failure: { reason: "row_invalid", path, row: 3, column: "a" } });
});

it("says that a file cannot be read instead of finding no rows in it", async () => {
  const rows = [];
  for await (const row of openJsonLines(join(folder, "absent.jsonl"), columns).rows) rows.push(row);
  expect(rows).toMatchObject([{ ok: false, failure: { reason: "file_unreadable" } }]);
});
