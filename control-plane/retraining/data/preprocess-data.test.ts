import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DataFailure } from "./data-failure.ts";
import { preprocessData, type PreprocessJob } from "./preprocess-data.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "edgewise-data-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const HEADER = "time,a,b,y";
/** Ten days, one row each, the first of them at 2016-03-01. */
const lines = Array.from({ length: 10 }, (_, day) => `2016-03-${String(day + 1).padStart(2, "0")},${day},NA,${day * 2}`);

function job(files: Record<string, string | Buffer>, config: Partial<PreprocessJob["config"]> = {}): PreprocessJob {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const part = (name: string): string => join(directory, `${name}.out.csv`);
  return {
    config: {
      time: { column: "time" },
      split: { windowDays: 4, validationDays: 2, holdoutDays: 1 },
      features: ["a", "b", "month"],
      label: "y",
      task: "regression",
      preprocess: [{ step: "derive", column: "month", from: "month" }],
      ...config,
    },
    directory,
    files: Object.keys(files),
    nowMs: Date.UTC(2016, 2, 9, 12),
    parts: { fit: part("fit"), validation: part("validation"), holdout: part("holdout") },
  };
}

const whole = { "a.csv": [HEADER, ...lines].join("\n") };
const written = (name: string): string => readFileSync(join(directory, `${name}.out.csv`), "utf8");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

it("splits by time, leaves the future out, and names each part by its digest", async () => {
  const outcome = await preprocessData(job(whole));
  // The 10th is later than now; counted back from the 9th: one day of holdout, two of validation, four to fit.
  expect(written("fit")).toBe("a,b,month,y\n2,,3,4\n3,,3,6\n4,,3,8\n5,,3,10\n");
  expect(written("validation")).toBe("a,b,month,y\n6,,3,12\n7,,3,14\n");
  expect(written("holdout")).toBe("a,b,month,y\n8,,3,16\n");
  expect(outcome).toEqual({
    ok: true,
    value: {
      rowsRead: 10,
      dropped: { "later than now": 1, "before the window": 2 },
      fit: { rows: 4, sha256: sha256(written("fit")), from: "2016-03-03T00:00:00.000Z", to: "2016-03-06T00:00:00.000Z" },
      validation: expect.objectContaining({ rows: 2, sha256: sha256(written("validation")) }) as object,
      holdout: expect.objectContaining({ rows: 1, sha256: sha256(written("holdout")) }) as object,
    },
  });
});

it("reads CSV and JSON lines, gzipped or not, to the same bytes", async () => {
  await preprocessData(job(whole));
  const expected = written("fit");
  const json = lines.map((line) => {
    const [time, a, , y] = line.split(",");
    return JSON.stringify({ time, a: Number(a), b: null, y: Number(y) });
  });
  const forms: Record<string, string | Buffer>[] = [
    { "a.csv.gz": gzipSync(whole["a.csv"]) },
    { "a.jsonl": json.join("\n") },
    { "a.jsonl.gz": gzipSync(json.join("\r\n")) },
    { "1.csv": [HEADER, ...lines.slice(0, 5)].join("\n"), "2.csv": `\uFEFF${[HEADER, ...lines.slice(5)].join("\r\n")}` },
  ];
  for (const files of forms) {
    for (const part of ["fit", "validation", "holdout"]) rmSync(join(directory, `${part}.out.csv`), { force: true });
    expect(await preprocessData(job(files))).toMatchObject({ ok: true });
    expect(written("fit")).toBe(expected);
  }
});

const withLine = (line: string) => ({ "a.csv": [HEADER, ...lines.slice(0, 6), line, ...lines.slice(6)].join("\n") });

it.each<[DataFailure["reason"], Record<string, string | Buffer>, Partial<PreprocessJob["config"]>, object]>([
  ["value_not_numeric", withLine("2016-03-07,NNW,,1"), {}, { file: "a.csv", row: 7, column: "a", got: "NNW" }],
  ["label_missing", withLine("2016-03-07,1,,NA"), {}, { row: 7, label: "y" }],
  ["label_not_binary", withLine("2016-03-07,1,,0.5"), { task: "binary_classification" }, {}],
  ["time_invalid", withLine("2016-02-30,1,,1"), {}, { row: 7, got: "2016-02-30" }],
  [
    "data_file_unreadable",
    whole,
    { features: ["a", "c"] },
    { file: "a.csv", detail: "it lacks the column c; it has time, a, b, y" },
  ],
  ["data_file_unreadable", whole, { time: { column: "at" } }, { detail: "it lacks the column at; it has time, a, b, y" }],
  ["part_without_rows", { "a.csv": `${HEADER}\n${lines[0]}` }, {}, { part: "fit" }],
  ["part_without_rows", { "a.csv": HEADER }, {}, { part: "fit", from: "-" }],
  ["data_file_unreadable", { "a.csv": `${HEADER}\n1,2\n` }, {}, { file: "a.csv" }],
  ["data_file_unreadable", { "a.csv.gz": "not gzip" }, {}, {}],
  ["data_file_unreadable", { "a.jsonl": "[1]" }, {}, {}],
])("refuses data by name: %s", async (reason, files, config, evidence) => {
  const outcome = await preprocessData(job(files, config));
  expect(outcome).toMatchObject({ ok: false, failure: { reason, ...evidence } });
});

it("drops what a step says instead of refusing it", async () => {
  const preprocess = [{ step: "drop_rows_without" as const, columns: ["y"] }];
  const outcome = await preprocessData(job(withLine("2016-03-07,1,,NA"), { preprocess, features: ["a"] }));
  expect(outcome).toMatchObject({ ok: true, value: { rowsRead: 11, dropped: { "without y": 1 } } });
});
