import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registrationMetadata } from "../api/schemas.ts";
import { readReferenceFile } from "./reference-file.ts";

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "edgewise-reference-"))));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const read = async (name: string, content: string | Uint8Array, features: string[] | undefined = ["a", "b"]) =>
  readReferenceFile(file(name, content), features);
const detailOf = async (name: string, content: string | Uint8Array, features?: string[]): Promise<string> => {
  const reference = await read(name, content, features);
  if (reference.ok) throw new Error("it was taken");
  return "detail" in reference.failure ? JSON.stringify(reference.failure) : reference.failure.reason;
};

describe("a reference from training rows", () => {
  it("has cells and counts per feature, texts as categories, missing values apart, and the rows for the model to predict", async () => {
    const reference = await read("rows.csv", "time,b,a\n1,north,1\n2,south,2\n3,north,NA\n4,,4\n");
    expect(reference.ok && reference.value).toEqual({
      rows: 4,
      source: "rows.csv",
      features: {
        a: { kind: "numeric", min: 1, max: 4, edges: [1, 2], counts: [0, 1, 1, 1, 0, 1] },
        b: { kind: "categorical", categories: ["north", "south"], counts: [2, 1, 0, 1] },
      },
      sample: [
        [1, "north"],
        [2, "south"],
        [null, "north"],
        [4, null],
      ],
    });
  });

  it("is the same from JSON lines, Parquet and gzip, 64-bit integers and NaN among the values", async () => {
    const csv = "time,b,a,wide\n1,north,1.5,10\n2,south,2,20\n3,north,NA,30\n4,,4,40\n";
    const lines = [
      '{"a":1.5,"b":"north","wide":10}',
      '{"wide":20,"b":"south","a":2,"time":0}',
      '{"a":null,"b":"north","wide":30}',
      '{"a":4,"b":null,"wide":40}',
    ].join("\n");
    const parquet = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "wide", data: [10n, 20n, 30n, 40n], type: "INT64" },
          { name: "b", data: ["north", "south", "north", null], type: "STRING", nullable: true },
          { name: "a", data: [1.5, 2, Number.NaN, 4], type: "DOUBLE" },
        ],
      }),
    );
    const features = ["a", "b", "wide"];
    const fromCsv = await read("same.csv", csv, features);
    if (!fromCsv.ok) throw new Error(fromCsv.failure.reason);
    const { source: _, ...figures } = fromCsv.value;
    expect(figures.sample?.[2]).toEqual([null, "north", 30]);
    for (const [name, content] of [
      ["same.jsonl", lines],
      ["same.ndjson.gz", gzipSync(lines)],
      ["same.csv.gz", gzipSync(csv)],
      ["same.parquet", parquet],
    ] as const) {
      expect(await read(name, content, features), name).toEqual({ ok: true, value: { ...figures, source: name } });
    }
    expect(await detailOf("cut.parquet", parquet.subarray(0, -9), features)).toContain("it is no Parquet file that can be read");
    expect(await detailOf("other.parquet", parquet, ["a", "c"])).toContain("it lacks the column c; it has wide, b, a");
  });

  it("keeps an even sample of a large file within the limit of a registration, and says so", async () => {
    const rows = Array.from({ length: 40_000 }, (_, row) => `${row},${(row * 7919) % 100_003}.123456789`);
    const reference = await read("large.csv", `a,b\n${rows.join("\n")}\n`);
    if (!reference.ok) throw new Error(reference.failure.reason);
    const { sample = [], source } = reference.value;
    expect(reference.value.rows).toBe(40_000);
    expect(source).toBe(`large.csv; the prediction's from an even sample of ${sample.length} of its 40000 rows`);
    expect(registrationMetadata.safeParse({ reference: reference.value }).success).toBe(true);
    expect(JSON.stringify(sample).length).toBeLessThanOrEqual(524_288);
    // Even: about as many of the second half as of the first.
    const late = sample.filter((row) => ((row as number[])[0] as number) >= 20_000).length;
    expect(Math.abs(late / sample.length - 0.5)).toBeLessThan(0.03);
  });

  it("takes figures as they are", async () => {
    const figures = {
      rows: 2,
      source: "s",
      features: { a: { kind: "numeric", min: 1, max: 2, edges: [1], counts: [0, 1, 1, 0, 0] } },
    };
    expect(await read("figures.json", JSON.stringify(figures))).toEqual({ ok: true, value: figures });
    expect(await detailOf("broken.json", "{")).toContain("not JSON");
    expect(await detailOf("wrong.json", JSON.stringify({ ...figures, rows: 0 }))).toContain("rows");
  });

  it("names the row and the column of what it cannot take", async () => {
    expect(await detailOf("absent.csv", "a\n1\n")).toContain("it lacks the column b; it has a");
    expect(await detailOf("absent.jsonl", '{"a":1,"b":2}\n{"a":1}\n')).toMatch(/"row":2.*"column":"b"/);
    expect(await detailOf("array.jsonl", "[1,5]\n")).toMatch(/"row":1.*an object by column name is needed/);
    expect(await detailOf("mixed.csv", "a,b\n1,2\nx,3\n")).toMatch(/"row":2.*"column":"a".*it is a text/);
    expect(await detailOf("short.csv", "a,b\n1\n")).toMatch(/"row":1/);
    expect(await detailOf("empty.csv", "a,b\n")).toContain("no rows");
    expect(await detailOf("rows.xlsx", "")).toContain(".csv");
    for (const name of ["gone.csv", "gone.csv.gz", "gone.jsonl", "gone.parquet"]) {
      expect(await readReferenceFile(join(directory, name), ["a"]), name).toMatchObject({
        failure: { reason: "file_invalid", detail: expect.stringContaining("no such file") },
      });
    }
    const ids = Array.from({ length: 10_002 }, (_, row) => `${row},id-${row}`).join("\n");
    expect(await detailOf("ids.csv", `a,b\n${ids}\n`)).toContain("more than 10000 different texts");
  });

  it("leaves out a feature without a value, and says so", async () => {
    const reference = await read("hollow.csv", "a,b\n1,\n2,\n");
    expect(reference.ok && [Object.keys(reference.value.features), reference.value.source]).toEqual([
      ["a"],
      "hollow.csv; without a value in any row: b",
    ]);
  });
});
