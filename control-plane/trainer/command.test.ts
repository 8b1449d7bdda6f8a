/** The trainer as the command of the contract, and `edgewise train`, both as processes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readProgress, trainingMetrics, type TrainingJob } from "../../contract/training-job.ts";
import { trainingSentence } from "./failure.ts";
import { madeUpTable, rowOf } from "./made-up-table.fixture.ts";
import { trainJob } from "./train-job.ts";

const TRAINER = fileURLToPath(new URL("command.ts", import.meta.url));
const EDGEWISE = fileURLToPath(new URL("../cli/edgewise.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "trainer-command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = madeUpTable({ rows: 1_000, seed: 4 });
const csv = join(folder, "rows.csv");
beforeAll(() => {
  const lines = Array.from({ length: table.rows }, (_, row) =>
    [...rowOf(table, row).map((value) => (Number.isNaN(value) ? "NA" : value)), table.label[row]].join(","),
  );
  writeFileSync(csv, `${[...table.features, "label"].join(",")}\n${lines.join("\n")}\n`);
});

const part = { path: "rows.csv", rows: 1_000, sha256: "0".repeat(64) };
const job: TrainingJob = {
  schema: 1,
  model: "made_up",
  task: "regression",
  features: ["rising", "bending", "idle"],
  label: "label",
  fit: part,
  validation: part,
  parameters: { num_boost_round: 5, max_depth: 3 },
  seed: 1,
};

function writeJob(change: object): void {
  for (const file of ["model.onnx", "metrics.json"]) rmSync(join(folder, file), { force: true });
  writeFileSync(join(folder, "job.json"), JSON.stringify({ ...job, ...change }));
}

const hasLeft = (): boolean => existsSync(join(folder, "model.onnx")) || existsSync(join(folder, "metrics.json"));

describe("the trainer's command", () => {
  it("leaves a model and its metrics, and tells its progress", () => {
    writeJob({});
    const { status, stdout, stderr } = spawnSync(process.execPath, [TRAINER, folder], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const progress = stdout.split("\n").flatMap((line) => readProgress(line) ?? []);
    expect(progress.map((each) => each.progress)).toEqual([1, 2, 3, 4, 5].map((done) => ({ done, of: 5 })));
    const record = trainingMetrics.parse(JSON.parse(readFileSync(join(folder, "metrics.json"), "utf8")));
    expect(record).toMatchObject({ artifact: "model.onnx", details: { fit_rows: 1_000, rounds_kept: 5 } });
    expect(Object.keys(record.metrics)).toEqual(["rmse", "mae"]);
    expect(existsSync(join(folder, "model.onnx"))).toBe(true);
  });

  it("ends with 1 and a sentence when it fails", () => {
    writeJob({ parameters: { depth: 3 } });
    const { status, stderr } = spawnSync(process.execPath, [TRAINER, folder], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^error: .*depth unknown/) as string });
    expect(hasLeft()).toBe(false);
  });

  it.each<[string, object, string]>([
    ["a parameter that it does not know", { parameters: { depth: 3 } }, "depth unknown; known are num_boost_round, eta"],
    ["a parameter out of bounds", { parameters: { subsample: 2 } }, "subsample"],
    ["constraints for other features", { parameters: { monotone_constraints: "(1,0)" } }, "2 entries for 3 features"],
    ["a base score that is no probability", { task: "binary_classification", parameters: { base_score: 3 } }, "no probability"],
    ["rows that are not those of the job", { fit: { ...part, rows: 999 } }, "has 1000 rows, and the job says 999"],
    ["a job of another schema", { schema: 2 }, "is no training job"],
  ])("refuses by a sentence and leaves nothing: %s", async (_, change, sentence) => {
    writeJob(change);
    const trained = await trainJob(folder, { monotonicMs: () => 0, onTables: () => undefined, onRound: () => undefined });
    expect(trained.ok ? undefined : trainingSentence(trained.failure)).toContain(sentence);
    expect(hasLeft()).toBe(false);
  });
});

describe("edgewise train", () => {
  const edgewise = (...more: string[]) =>
    spawnSync(
      process.execPath,
      [EDGEWISE, "train", "--data", csv, "--label", "label", "--output", join(folder, "own.onnx"), ...more],
      { encoding: "utf8" },
    );

  it("trains on the first rows, measures on the last, and writes ONNX", () => {
    const { status, stdout, stderr } = edgewise(
      "--features",
      "rising,bending",
      "--parameter",
      "num_boost_round=20",
      "--validation-share",
      "0.25",
      "--json",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ rows: { fit: 750, validation: 250 }, rounds: { run: 20, kept: 20 } });
    expect((JSON.parse(stdout) as { metrics: { rmse: number } }).metrics.rmse).toBeLessThan(0.8);
    expect(readFileSync(join(folder, "own.onnx")).subarray(0, 2)).toEqual(Buffer.of(0x08, 8));
  });

  it("names what is wrong", () => {
    expect(edgewise("--features", "rising,colour").stderr).toContain("has no column colour; it has rising, bending, idle, label");
    expect(edgewise("--features", "rising,label").stderr).toContain("names the label");
  });
});
