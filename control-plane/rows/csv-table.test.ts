/** CSV as it is read from bytes beside what csv-parse makes of the same text: the same cells, the same number, the same complaint about the same row. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, describe, expect, it, vi } from "vitest";
import { seededRandom } from "../inspection/seeded-random.ts";
import { readCsvRows, type CsvLayout } from "./csv-block.ts";
import { cellValue, isMissingCell } from "./csv-cell.ts";
import { openCsvTable } from "./csv-table.ts";
import type { TableProblem } from "./table.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
const HEADER = ["x", "y", "z"];
type Read = { rows: unknown[][]; problem: TableProblem | undefined };

async function read(content: string | Uint8Array, asNumber = false): Promise<Read> {
  const path = join(folder, "table.csv");
  writeFileSync(path, content);
  const opened = await openCsvTable(
    { path, format: "csv", isGzipped: false },
    HEADER.map((name) => ({ name, asNumber })),
  );
  if (!opened.ok) return { rows: [], problem: opened.failure };
  const rows: unknown[][] = [];
  for await (const block of opened.value.blocks) {
    for (const row of block) {
      if (!row.ok) return { rows, problem: row.failure };
      rows.push(row.value);
    }
  }
  return { rows, problem: undefined };
}

/** The same by csv-parse, whole. */
function expected(content: string): Read {
  let records: string[][];
  try {
    records = parse(content, { bom: true, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    const { records: row, message } = error as Error & { records: number };
    return { rows: [], problem: { reason: "row", row, column: null, detail: message } };
  }
  const body = records.slice(1);
  const short = body.findIndex((record) => record.length !== HEADER.length);
  const rows = (short < 0 ? body : body.slice(0, short)).map((record) =>
    record.map((text) => (isMissingCell(text) ? null : text)),
  );
  if (short < 0) return { rows, problem: undefined };
  const detail = `it has ${body[short]?.length} cells, the header ${HEADER.length}`;
  return { rows, problem: { reason: "row", row: short + 1, column: null, detail } };
}

const pick = <Item>(random: () => number, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

const TIDY = [
  "1",
  "-2.5",
  "",
  "NA",
  " NA ",
  "  ",
  "north",
  "ünïcode ✓",
  '"a,b"',
  '"say ""so"""',
  '"two\nlines"',
  '""',
  '"7"',
  "1e5",
  " 7",
];
const UNTIDY = ['a"b', '"a"b', ' "a"', '"open', "a\rb", "\r", "1\r"];

function table(random: () => number, { rows, untidy }: { rows: number; untidy: number }): string {
  const lineBreak = pick(random, ["\n", "\r\n"]);
  const lines = [HEADER.join(",")];
  for (let row = 0; row < rows; row++) {
    const width = random() < untidy ? pick(random, [1, 2, 4]) : 3;
    lines.push(Array.from({ length: width }, () => pick(random, random() < untidy ? UNTIDY : TIDY)).join(","));
    if (random() < 0.05) lines.push("");
  }
  const breaks = lines.map(() => (random() < untidy ? pick(random, ["\n", "\r\n", "\r"]) : lineBreak));
  if (random() < 0.3) breaks[breaks.length - 1] = "";
  return (random() < 0.3 ? "\uFEFF" : "") + lines.map((line, at) => line + (breaks[at] as string)).join("");
}

describe("a file", () => {
  it.each([
    { name: "without a fault", untidy: 0 },
    { name: "with a fault in some rows", untidy: 0.02 },
    { name: "with a fault in many rows", untidy: 0.2 },
  ])("$name has the cells that csv-parse reads, or its complaint about that row", async ({ untidy }) => {
    const random = seededRandom(untidy * 100 + 1);
    let problems = 0;
    for (let file = 0; file < 150; file++) {
      const content = table(random, { rows: Math.floor(random() * 20), untidy });
      const [got, wanted] = [await read(content), expected(content)];
      if (wanted.problem === undefined) expect(got, JSON.stringify(content)).toEqual(wanted);
      else {
        problems++;
        // csv-parse complains of a quote further down before it hands out the rows above it; a short row that comes first is named first here.
        const own = got.problem?.reason === "row" && wanted.problem.reason === "row" && got.problem.row < wanted.problem.row;
        if (own) expect(got.problem?.detail, JSON.stringify(content)).toMatch(/^it has \d cells, the header 3$/);
        else expect(got.problem, JSON.stringify(content)).toEqual(wanted.problem);
      }
    }
    expect(problems > 0).toBe(untidy > 0);
  });

  it("of many chunks has the cells that csv-parse reads", async () => {
    for (const seed of [1, 2]) {
      const content = table(seededRandom(seed), { rows: 30_000, untidy: 0 });
      expect(content.length).toBeGreaterThan(4 * 65_536);
      expect(await read(content)).toEqual(expected(content));
    }
  });

  it("that csv-parse must read from row 20,000 on has every row once", async () => {
    const content = `${HEADER.join(",")}\n${Array.from({ length: 40_000 }, (_, row) => `${row},1,${row === 20_000 ? "2\r" : "2"}\n`).join("")}`;
    const { rows, problem } = await read(content, true);
    expect(problem).toBe(undefined);
    expect(rows.map(([x]) => Number(x))).toEqual(Array.from({ length: 40_000 }, (_, row) => row));
  });

  it.each(['1,2,3\n4,"5\n6,7,8\n', `1,2,3\n4,5,${"6".repeat(1024 * 1024)}\n`, `1,2,3\n4,5,"${"6".repeat(1024 * 1024)}"\n`])(
    "with a row that does not end, or is too long, is refused for that row (%#)",
    async (body) => {
      const { rows, problem } = await read(`x,y,z\n${body}`);
      expect(rows).toEqual([["1", "2", "3"]]);
      expect(problem).toMatchObject({ reason: "row", row: 2, detail: expect.stringMatching(/Quote Not Closed|Max Record Size/) });
    },
  );

  it("whose quote stays open to its end is not held whole", async () => {
    const concat = vi.spyOn(Buffer, "concat");
    try {
      const { problem } = await read(`x,y,z\n1,2,"3\n${"4,5,6\n".repeat(1024 * 1024)}`);
      expect(problem).toMatchObject({ reason: "row", row: 1, detail: expect.stringContaining("Max Record Size") });
      const held = concat.mock.results.map(({ value }) => (value as Buffer).length);
      expect(held.length).toBeGreaterThan(8);
      expect(Math.max(...held)).toBeLessThan(1.5 * 1024 * 1024);
    } finally {
      concat.mockRestore();
    }
  });

  it("in UTF-16 is read as one in UTF-8", async () => {
    expect((await read(Buffer.from("\uFEFFx,y,z\n1,é,3\n", "utf16le"))).rows).toEqual([["1", "é", "3"]]);
  });

  it.each(["", "\n\n", "\uFEFF"])("of %j is empty", async (content) => {
    expect((await read(content)).problem).toMatchObject({ reason: "file", detail: expect.stringContaining("empty") });
  });
});

describe("a cell wanted as a number", () => {
  const DIGITS = "0123456789".split("");
  const digits = (random: () => number): string =>
    Array.from({ length: Math.floor(random() * pick(random, [4, 18])) }, () => pick(random, DIGITS)).join("");
  const number = (random: () => number): string =>
    [
      pick(random, ["", "", "", "-", "+", " "]),
      digits(random),
      pick(random, ["", ".", "."]),
      digits(random),
      pick(random, ["", "", "", "", "e5", "E-7", "e+300", "e400", "x", " ", "NA"]),
    ].join("");

  it("is what cellValue makes of its text, to the bit", async () => {
    const random = seededRandom(7);
    const texts = Array.from({ length: 30_000 }, () => number(random)).concat("0.1", "-0", "-0.0", ".5", "5.", "-", ".", "-.");
    while (texts.length % 3 > 0) texts.push("1");
    const lines = Array.from({ length: texts.length / 3 }, (_, row) => texts.slice(3 * row, 3 * row + 3).join(","));
    const { rows, problem } = await read(`x,y,z\n${lines.join("\n")}\n`, true);
    expect(problem).toBe(undefined);
    let plain = 0;
    const cells = rows.flat();
    // Missing rows would be missing cells.
    expect(cells.length).toBe(texts.length);
    for (const [at, text] of texts.entries()) {
      const cell = cells[at];
      if (typeof cell === "number") plain++;
      const got = typeof cell === "string" ? cellValue(cell, "FP64") : { ok: true, value: cell };
      expect(got, text).toStrictEqual(cellValue(text, "FP64"));
    }
    expect(plain).toBeGreaterThan(texts.length / 7);
  });

  it("is a text where the column is also wanted as one", async () => {
    const path = join(folder, "both.csv");
    writeFileSync(path, "x\n007\n");
    const wanted = [
      { name: "x", asNumber: true },
      { name: "x", asNumber: false },
    ];
    const opened = await openCsvTable({ path, format: "csv", isGzipped: false }, wanted);
    if (!opened.ok) throw new Error(JSON.stringify(opened));
    const rows = [];
    for await (const block of opened.value.blocks) rows.push(...block);
    expect(rows).toEqual([{ ok: true, value: ["007", "007"] }]);
  });
});

it("rows are the same wherever the bytes are cut", () => {
  const layout: CsvLayout = {
    lineBreak: "\r\n",
    columns: HEADER.map((_, at) => ({ kind: at === 0 ? "number" : "text", places: [at] })),
    width: 3,
    rowBytesMax: 1000,
  };
  const bytes = Buffer.from('1.5,"a\r\n""b""",c\r\n\r\n-2,,"d"\r\nNA,"x,\r\ny",é\r\n');
  const whole = readCsvRows(bytes, 0, bytes.length, layout);
  expect(whole.rows).toEqual([
    [1.5, 'a\r\n"b"', "c"],
    [-2, null, "d"],
    [null, "x,\r\ny", "é"],
  ]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const end = bytes.subarray(0, cut).lastIndexOf(10) + 1;
    const first = readCsvRows(bytes, 0, end, layout);
    const rest = readCsvRows(bytes, first.next, bytes.length, layout);
    expect([...first.rows, ...rest.rows]).toEqual(whole.rows);
  }
});
