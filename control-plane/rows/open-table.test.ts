import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { parquetWithShortColumn } from "../../drift-job/rows.fixture.ts";
import { openTable } from "./open-table.ts";
import type { TableFile, TableFormat } from "./table.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-table-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(format: TableFormat, content: string | Uint8Array, isGzipped = false): TableFile {
  const path = join(folder, `table-${Math.trunc(performance.now() * 1e6)}`);
  writeFileSync(path, content);
  return { path, format, isGzipped };
}

/** Rows up to the first problem, which comes last. */
async function read(table: TableFile, wanted: string[], asNumber = false): Promise<unknown[]> {
  const opened = await openTable(
    table,
    wanted.map((name) => ({ name, asNumber })),
  );
  if (!opened.ok) return [opened.failure];
  const rows: unknown[] = [];
  for await (const block of opened.value.blocks) for (const row of block) rows.push(row.ok ? row.value : row.failure);
  return rows;
}

const CSV = '\uFEFFx, g,other\r\n1.5,a,9\r\n,"b,""c""",9\r\nNA,  ,9\r\n';
const JSONL = '{"x":1.5,"g":"a","other":9}\n\n{"other":9,"g":"b,\\"c\\"","x":null}\n{"x":null,"g":null,"other":{}}\n';

describe("the same rows", () => {
  const wanted: [string | null, number | null][] = [
    ["a", 1.5],
    ['b,"c"', null],
    [null, null],
  ];

  it.each([false, true])("of a CSV file, gzipped %s", async (isGzipped) => {
    const rows = await read(file("csv", isGzipped ? gzipSync(CSV) : CSV, isGzipped), ["g", "x"]);
    expect(rows).toEqual(wanted.map(([g, x]) => [g, x === null ? null : String(x)]));
  });

  it.each([false, true])("of a JSON lines file, gzipped %s", async (isGzipped) => {
    expect(await read(file("jsonl", isGzipped ? gzipSync(JSONL) : JSONL, isGzipped), ["g", "x"])).toEqual(wanted);
  });

  /** Written by fastparquet (parquet.fixture.json says which). */
  it.each(["snappy", "gzip", "zstd"])("of a Parquet file of two row groups, %s", async (codec) => {
    const fixture = JSON.parse(readFileSync(new URL("parquet.fixture.json", import.meta.url), "utf8")) as Record<string, string>;
    const rows = await read(file("parquet", Buffer.from(fixture[codec] ?? "", "base64")), ["x", "n", "g"]);
    expect(rows).toEqual([
      [1.5, 1n, "a"],
      [null, 2n, "b"],
      [-2, null, null],
      [4, 4n, "a"],
      [0.25, 5n, "b"],
    ]);
  });
});

describe("what is wrong", () => {
  it.each<[string, TableFile, object]>([
    ["an absent column", file("csv", "a,b\n1,2\n"), { reason: "file", detail: expect.stringContaining("it has a, b") }],
    ["a column that comes twice", file("csv", "x,x,g\n1,2,3\n"), { reason: "file", detail: expect.stringContaining("twice") }],
    ["no header", file("csv", ""), { reason: "file", detail: expect.stringContaining("empty") }],
    ["no Parquet", file("parquet", "PAR1 not really PAR1"), { reason: "file" }],
    ["no gzip", file("csv", "x,g\n", true), { reason: "file" }],
    ["no file", { path: join(folder, "absent"), format: "csv", isGzipped: false }, { reason: "file" }],
    ["no file of JSON lines", { path: join(folder, "absent"), format: "jsonl", isGzipped: false }, { reason: "file" }],
  ])("with %s is said of the file", async (_name, table, problem) => {
    expect((await read(table, ["x", "g"])).at(-1)).toMatchObject(problem);
  });

  it.each<[string, TableFile, object]>([
    ["a short row", file("csv", "x,g\n1,2\n3\n"), { row: 2, detail: expect.stringContaining("1 cells") }],
    ["a line that is not JSON", file("jsonl", '{"x":1,"g":2}\n{"x":\n'), { row: 2 }],
    ["a line that is no object", file("jsonl", '{"x":1,"g":2}\n[1,2]\n'), { row: 2 }],
    ["an absent member", file("jsonl", '{"x":1,"g":2}\n{"x":1}\n'), { row: 2, column: "g" }],
    [
      "a gzip that ends too soon",
      file("jsonl", gzipSync('{"x":1,"g":2}\n'.repeat(9)).subarray(0, -12), true),
      { reason: "file" },
    ],
  ])("with %s is said of its row, and nothing comes after it", async (_name, table, problem) => {
    const rows = await read(table, ["x", "g"]);
    expect(rows.at(-1)).toMatchObject(problem);
  });
});

it("takes no Parquet column that ends before its rows do for one with missing values", async () => {
  const uneven = file("parquet", parquetWithShortColumn(150));
  expect(await read(uneven, ["x", "y"])).toEqual([
    { reason: "file", detail: "rows from 1 on cannot be read: column y has 143 of 150 rows" },
  ]);
  expect(await read(uneven, ["x"])).toHaveLength(150);
});
