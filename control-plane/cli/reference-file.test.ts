import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registrationMetadata } from "../api/schemas.ts";
import { readReferenceFile } from "./reference-file.ts";

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "edgewise-reference-"))));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const read = async (name: string, text: string, features: string[] | undefined = ["a", "b"]) =>
  readReferenceFile(file(name, text), features);
const detailOf = async (name: string, text: string, features?: string[]): Promise<string> => {
  const reference = await read(name, text, features);
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

  it("is the same from JSON lines, by name or in order", async () => {
    const byName = await read("names.jsonl", '{"a":1,"b":5}\n{"b":6,"a":2,"c":0}\n');
    const inOrder = await read("order.ndjson", "[1,5]\n[2,6]\n");
    expect(byName.ok && inOrder.ok && byName.value.features).toEqual(inOrder.ok && inOrder.value.features);
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
    expect(await detailOf("absent.csv", "a\n1\n")).toMatch(/"row":1.*"column":"b"/);
    expect(await detailOf("mixed.csv", "a,b\n1,2\nx,3\n")).toMatch(/"row":2.*"column":"a".*it is a text/);
    expect(await detailOf("short.csv", "a,b\n1\n")).toMatch(/"row":1/);
    expect(await detailOf("empty.csv", "a,b\n")).toContain("no rows");
    expect(await detailOf("rows.xlsx", "")).toContain(".csv");
    expect((await readReferenceFile(join(directory, "gone.csv"), ["a"])).ok).toBe(false);
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
