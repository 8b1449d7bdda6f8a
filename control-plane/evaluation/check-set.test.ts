import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Manifest } from "../../contract/manifest.ts";
import { checkSet } from "./check-set.ts";
import type { EvaluationSpec } from "./spec.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-check-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { features, instances } = JSON.parse(
  readFileSync(new URL("../../examples/pm25/examples.json", import.meta.url), "utf8"),
) as { features: string[]; instances: (number | null)[][] };

type Interface = Pick<Manifest, "inputs" | "outputs">;
const PM25: Interface = {
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], features, missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};
const OF_X: Interface = {
  inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], features: ["x"], missing: "refused" }],
  outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
};
const csv = (header: string[], rows: (string | number | null)[][]): string =>
  `${[header, ...rows].map((row) => row.map((cell) => cell ?? "").join(",")).join("\n")}\n`;
const grouped = csv(
  [...features, "y", "site"],
  instances.map((row, at) => [...row, at, at % 2 === 0 ? "a" : "b"]),
);

function check(text: string, spec: EvaluationSpec, of: Interface) {
  const path = join(folder, "set.csv");
  writeFileSync(path, text);
  return checkSet({ file: { path, format: "csv", isGzipped: false }, spec, ...of });
}

it("counts rows, labels and groups", async () => {
  const favourable = { kind: "threshold" as const, threshold: 1, direction: "at_most" as const };
  expect(await check(grouped, { label: "y", group: { column: "site", privileged: "a", favourable } }, PM25)).toEqual({
    rows: 32,
    labelledRows: 32,
    groups: { a: 16, b: 16 },
    problems: [],
  });
});

it("names every problem by row and column, up to 20", async () => {
  const bad: (string | number)[][] = [
    [1, 2, 1],
    ["", 2, 1],
    ["abc", 2, 1],
    [1, "y", 1],
    [1e39, 2, 1],
    [1, 2, -1],
  ];
  const { problems } = await check(csv(["x", "y", "w"], bad), { label: "y", weight: "w" }, OF_X);
  expect(problems.map(({ row, column }) => `${row} ${column}`)).toEqual(["2 x", "3 x", "4 y", "5 x", "6 w"]);
  const many = csv(
    ["x", "y"],
    Array.from({ length: 50 }, () => ["?", 1]),
  );
  expect((await check(many, { label: "y" }, OF_X)).problems.length).toBe(20);
});

it("takes an empty set and one without labels: the gates say what they lack", async () => {
  expect(await check("x,y\n", { label: "y" }, OF_X)).toMatchObject({ rows: 0, labelledRows: 0, problems: [] });
  expect(await check("x,y\n1,NA\n2,\n", { label: "y" }, OF_X)).toMatchObject({ rows: 2, labelledRows: 0, problems: [] });
});

it("refuses a favourable outcome that the model cannot predict, and a column that names no groups", async () => {
  const label = { kind: "label" as const, label: "good" };
  const refused = await check(grouped, { label: "y", group: { column: "site", privileged: "a", favourable: label } }, PM25);
  expect(refused.problems).toMatchObject([{ row: null, detail: expect.stringContaining("threshold") }]);
  const ids = csv(
    ["x", "y", "id"],
    Array.from({ length: 150 }, (_, at) => [1, 1, `row ${at}`]),
  );
  const favourable = { kind: "threshold" as const, threshold: 1, direction: "at_least" as const };
  const named = await check(ids, { label: "y", group: { column: "id", privileged: "row 0", favourable } }, OF_X);
  expect(named.problems).toMatchObject([{ column: "id", detail: expect.stringContaining("100 different values") }]);
});
