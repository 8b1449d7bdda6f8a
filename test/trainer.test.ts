/**
 * The built-in trainer against the real XGBoost, both as commands of the contract on the same job: where the cuts are the same ones the trees are the same
 * trees; on the real data the error is the same to a hundredth. The full size is all ten sites with 200 trees.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { JOB_FILE, type TrainingJob } from "../contract/training-job.ts";
import { convertXgboost } from "../control-plane/conversion/xgboost/convert.ts";
import { readCsvTable } from "../control-plane/trainer/csv-table.ts";
import { flatRows, madeUpTable, rowOf } from "../control-plane/trainer/made-up-table.fixture.ts";
import { hasPrsa, PRSA_FEATURES, writePrsaJob } from "../ops/bench/prsa-job.ts";
import { hasXgboost, runTrainer } from "../ops/bench/trainer-commands.ts";
import { isFullScale, scaled } from "./harness/scale.ts";
import { runInWasm } from "./harness/wasm-session.ts";

const directory = mkdtempSync(join(tmpdir(), "trainer-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Few values a feature, so that both trainers cut between all of them. */
const table = madeUpTable({ rows: 2_000, seed: 9, values: 40, missingShare: 0.2 });

function writeMadeUpJob(task: TrainingJob["task"], parameters: TrainingJob["parameters"]): void {
  const label = (row: number): number =>
    task === "regression" ? (table.label[row] as number) : Number((table.label[row] as number) > 1.8);
  const lines = Array.from({ length: table.rows }, (_, row) =>
    [...rowOf(table, row).map((value) => (Number.isNaN(value) ? "" : value)), label(row)].join(","),
  );
  const text = `${[...table.features, "label"].join(",")}\n${lines.join("\n")}\n`;
  const part = { path: "rows.csv", rows: table.rows, sha256: createHash("sha256").update(text).digest("hex") };
  writeFileSync(join(directory, part.path), text);
  const job: TrainingJob = {
    schema: 1,
    model: "made_up",
    task,
    features: [...table.features],
    label: "label",
    fit: part,
    validation: part,
    parameters: { num_boost_round: 15, eta: 0.3, max_depth: 5, ...parameters },
    seed: 1,
  };
  writeFileSync(join(directory, JOB_FILE), JSON.stringify(job));
}

async function bothPredictions(): Promise<{ own: Float64Array; theirs: Float64Array }> {
  const own = await runTrainer("edgewise", directory);
  const theirs = await runTrainer("xgboost", directory);
  const converted = convertXgboost(theirs.model);
  if (!converted.ok) throw new Error(JSON.stringify(converted.failure));
  const rows = flatRows(table);
  return { own: await runInWasm(own.model, rows, 3), theirs: await runInWasm(converted.value.bytes, rows, 3) };
}

describe.skipIf(!hasXgboost)("on the same cuts (skipped without Debian's python3-xgboost and python3-pandas)", () => {
  it.each<[TrainingJob["task"], TrainingJob["parameters"]]>([
    ["regression", { base_score: 1.5, lambda: 2, gamma: 0.3, min_child_weight: 5 }],
    ["regression", { base_score: 0, alpha: 3, lambda: 0.5, monotone_constraints: "(1,-1,0)" }],
    ["binary_classification", { base_score: 0.3, min_child_weight: 2 }],
  ])("grows XGBoost's own trees: %s with %j", async (task, parameters) => {
    writeMadeUpJob(task, parameters);
    const { own, theirs } = await bothPredictions();
    const differences = own.map((value, row) => Math.abs(value - (theirs[row] as number)));
    // XGBoost rounds gradients and weights to float32 here and there: the last digits differ.
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(new Set(own).size).toBeGreaterThan(100);
  });
});

describe.skipIf(!hasXgboost || !hasPrsa)(
  "on the PRSA rows (skipped without ../shared, python3-xgboost or python3-pandas)",
  () => {
    const parameters = {
      num_boost_round: scaled({ full: 200, quick: 30 }),
      eta: 0.1,
      max_depth: 6,
      min_child_weight: 20,
      base_score: 80,
    };

    it("errs as XGBoost errs, gives the same bytes for the same seed, and its ONNX gives its own metrics", async () => {
      writePrsaJob(directory, { sites: scaled({ full: 10, quick: 1 }), from: "2016-03", parameters, seed: 7 });
      const theirs = await runTrainer("xgboost", directory);
      const own = await runTrainer("edgewise", directory);
      const again = await runTrainer("edgewise", directory);
      const [ownRmse, theirRmse] = [own.record.metrics["rmse"] as number, theirs.record.metrics["rmse"] as number];
      expect(ownRmse / theirRmse).toBeLessThan(1.01);
      expect(Buffer.compare(own.model, again.model)).toBe(0);

      const read = await readCsvTable(
        join(directory, "validation.csv"),
        { features: PRSA_FEATURES, label: "PM2.5" },
        () => undefined,
      );
      if (!read.ok) throw new Error(JSON.stringify(read.failure));
      const { table: rows } = read.value;
      const predicted = await runInWasm(own.model, flatRows(rows), PRSA_FEATURES.length);
      let squares = 0;
      for (const [row, value] of predicted.entries()) squares += (value - (rows.label[row] as number)) ** 2;
      expect(Math.sqrt(squares / rows.rows)).toBeCloseTo(ownRmse, 9);

      const ratio = Number(own.record.details?.["training_seconds"]) / Number(theirs.record.details?.["training_seconds"]);
      console.log(`RMSE ${ownRmse} against ${theirRmse}; ${ratio.toFixed(2)} times the time`);
      if (isFullScale) expect(ratio).toBeLessThan(3);
    });
  },
);
