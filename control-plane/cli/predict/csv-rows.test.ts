import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";
import { csvLine, matchHeader, openCsv } from "./csv-rows.ts";
import type { ModelColumn, ReadRow } from "./row-source.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));

const columns: ModelColumn[] = [
  { name: "TEMP", datatype: "FP32" },
  { name: "hour", datatype: "FP32" },
];

async function read(
  text: string,
): Promise<{ header: string | undefined; ignored: string[]; rows: Result<ReadRow, CliFailure>[] }> {
  const path = join(folder, "rows.csv");
  writeFileSync(path, text);
  const source = await openCsv(path, columns);
  if (!source.ok) return { header: undefined, ignored: [], rows: [source] };
  const rows: Result<ReadRow, CliFailure>[] = [];
  for await (const row of source.value.rows) rows.push(row);
  return { header: source.value.outputHeader, ignored: [...source.value.ignoredColumns], rows };
}

it("matches columns by header name in any order, and ignores the others", async () => {
  const { header, ignored, rows } = await read("station,hour,TEMP\nA,5,-1.5\nB,6,NA\nC,7,\n");
  expect(header).toBe("station,hour,TEMP,prediction");
  expect(ignored).toEqual(["station"]);
  expect(rows.map((row) => row.ok && row.value.instance)).toEqual([
    { TEMP: -1.5, hour: 5 },
    { TEMP: null, hour: 6 },
    { TEMP: null, hour: 7 },
  ]);
});

it("writes the input columns back as they stood, with the prediction beside them", async () => {
  const { rows } = await read('note,hour,TEMP\n"a ""b"", c",05,1.50\n');
  const [row] = rows;
  expect(row?.ok && row.value.outputLine("12.5")).toBe('"a ""b"", c",05,1.50,12.5');
  expect(row?.ok && row.value.outputLine('{"x":1}')).toBe('"a ""b"", c",05,1.50,"{""x"":1}"');
  expect(row?.ok && row.value.outputLine('"cat"')).toBe('"a ""b"", c",05,1.50,cat');
});

it("reads a byte order mark, Windows line ends and a file without a last line break", async () => {
  const { ignored, rows } = await read("\uFEFFTEMP,hour\r\n1,2\r\n3,4");
  expect(ignored).toEqual([]);
  expect(rows).toHaveLength(2);
});

it("names row and column of a cell that is no number", async () => {
  const { rows } = await read("TEMP,hour\n1,2\nwarm,3\n");
  expect(rows[1]).toMatchObject({
    ok: false,
    failure: { reason: "row_invalid", row: 2, column: "TEMP", detail: '"warm" is not a number' },
  });
});

it("names the row whose number of cells is not the header's", async () => {
  const { rows } = await read("TEMP,hour\n1,2\n3\n");
  expect(rows.at(-1)).toMatchObject({
    ok: false,
    failure: { reason: "row_invalid", row: 2, detail: "it has 1 cells, the header 2" },
  });
});

it("names the row whose quotes are not closed as they were opened", async () => {
  const { rows } = await read('TEMP,hour\n1,2\n"3"x,4\n');
  expect(rows.at(-1)).toMatchObject({
    ok: false,
    failure: { reason: "row_invalid", row: 2, detail: expect.stringContaining("Quote") },
  });
});

it.each([
  ["an empty file", "", /it is empty/],
  ["a header without a feature", "TEMP,station\n1,2\n", /the model takes hour/],
  ["a header with a name twice", "TEMP,hour,TEMP\n1,2,3\n", /"TEMP" twice/],
  ["a header with a prediction", "TEMP,hour,prediction\n1,2,3\n", /a column prediction already/],
])("refuses %s", async (_, text, sentence) => {
  const { rows } = await read(text);
  expect(rows[0]).toMatchObject({ ok: false, failure: { reason: "file_invalid", detail: expect.stringMatching(sentence) } });
});

it("says that a file cannot be read", async () => {
  expect(await openCsv(join(folder, "absent.csv"), columns)).toMatchObject({ ok: false, failure: { reason: "file_unreadable" } });
});

it("takes every column when the model's are not known", () => {
  expect(matchHeader("f.csv", ["a", "b"], undefined)).toMatchObject({ ok: true, value: [{ name: "a" }, { name: "b" }] });
});

it("quotes a cell with a comma, a quote or a line break, and no other", () => {
  expect(csvLine(["a", "b,c", 'd"e', "f\ng"])).toBe('a,"b,c","d""e","f\ng"');
});
