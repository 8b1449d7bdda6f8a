import { describe, expect, it } from "vitest";
import { runInWasm } from "../../test/harness/wasm-session.ts";
import { boost, type Boosted } from "./boost.ts";
import { boostedOnnx } from "./boosted-onnx.ts";
import { lossOf } from "./loss.ts";
import { flatRows, madeUpTable, rowOf } from "./made-up-table.fixture.ts";
import { readParameters, type TrainerParameters } from "./parameters.ts";
import type { Table } from "./table.ts";
import { marginOf } from "./tree.ts";

const fit = madeUpTable({ rows: 3_000, seed: 1 });
const validation = madeUpTable({ rows: 1_000, seed: 2 });

function parameters(given: Record<string, unknown>): TrainerParameters {
  const read = readParameters(
    { num_boost_round: 40, max_depth: 4, ...given },
    { task: "regression", features: [...fit.features] },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value;
}

const regression = (given: Record<string, unknown> = {}, seed = 5): Boosted =>
  boost({ fit, validation, task: "regression", parameters: parameters(given), seed });

const bytesOf = (boosted: Boosted): string => Buffer.from(boostedOnnx(boosted)).toString("base64");
const SAMPLED = { subsample: 0.7, colsample_bytree: 0.7 };

describe("a trained regression", () => {
  it("predicts what is there to predict", () => {
    const { metrics, trees, base } = regression();
    expect(trees).toHaveLength(40);
    const { rmse: ofConstant } = lossOf("regression").metrics(validation, new Float32Array(validation.rows).fill(base));
    expect(metrics["rmse"]).toBeLessThan(0.4 * (ofConstant as number));
    expect(metrics["mae"]).toBeLessThan(metrics["rmse"] as number);
  });

  it.each([
    ["whole", {}],
    ["sampled", SAMPLED],
  ])("is %s the same to the byte for the same seed", (_, given) => {
    expect(bytesOf(regression(given))).toBe(bytesOf(regression(given)));
  });

  it("differs for another seed where it samples, and only there", () => {
    expect(bytesOf(regression({ subsample: 0.7 }, 5))).not.toBe(bytesOf(regression({ subsample: 0.7 }, 6)));
    expect(bytesOf(regression({ colsample_bytree: 0.7 }, 5))).not.toBe(bytesOf(regression({ colsample_bytree: 0.7 }, 6)));
    expect(bytesOf(regression({}, 5))).toBe(bytesOf(regression({}, 6)));
  });

  it.each([
    ["all rows", {}],
    ["a sample of the rows", SAMPLED],
  ])("gives in ONNX what it gives itself, to the bit, trained on %s", async (_, given) => {
    const boosted = regression(given);
    const own = Float64Array.from({ length: validation.rows }, (_, row) =>
      marginOf(boosted.trees, boosted.base, rowOf(validation, row)),
    );
    expect(await runInWasm(boostedOnnx(boosted), flatRows(validation), 3)).toEqual(own);
    const { rmse } = lossOf("regression").metrics(validation, Float32Array.from(own));
    expect(rmse).toBe(boosted.metrics["rmse"]);
  });

  it("stops early and keeps the best rounds", () => {
    const given = { num_boost_round: 400, eta: 0.5, max_depth: 8, min_child_weight: 0 };
    const stopped = regression({ ...given, early_stopping_rounds: 5 });
    const { run, kept } = stopped.rounds;
    expect(run).toBe(kept + 5);
    expect(stopped.trees).toHaveLength(kept);
    const scores = Array.from(
      { length: run },
      (_, at) => regression({ ...given, num_boost_round: at + 1 }).metrics["rmse"] as number,
    );
    expect(Math.min(...scores)).toBe(scores[kept - 1]);
    expect(stopped.metrics["rmse"]).toBe(scores[kept - 1]);
  });

  it("never breaks a monotone constraint", () => {
    const violations = (boosted: Boosted): number => {
      let count = 0;
      for (let row = 0; row < 200; row++) {
        const [, bending = 0, idle = 0] = rowOf(validation, row);
        const along = Array.from({ length: 50 }, (_, at) => marginOf(boosted.trees, boosted.base, [at / 50, bending, idle]));
        count += along.filter((value, at) => value < (along[at - 1] ?? -Infinity)).length;
      }
      return count;
    };
    expect(violations(regression({ num_boost_round: 100 }))).toBeGreaterThan(100);
    expect(violations(regression({ num_boost_round: 100, monotone_constraints: "(1,0,-1)" }))).toBe(0);
    // A direction against the data leaves the feature unused, and the other one serves on.
    const against = regression({ monotone_constraints: "(-1,0,0)" });
    expect(against.metrics["rmse"]).toBeGreaterThan(2 * (regression().metrics["rmse"] as number));
  });

  it("takes a row of weight 2 for two rows", () => {
    const table = madeUpTable({ rows: 500, seed: 3, values: 20 });
    const weight = Float32Array.from({ length: 500 }, (_, row) => 1 + (row % 2));
    const twice = [...weight.keys()].flatMap((row) => Array.from({ length: weight[row] as number }, () => row));
    const repeated: Table = {
      ...table,
      rows: twice.length,
      columns: table.columns.map((column) => Float32Array.from(twice, (row) => column[row] as number)),
      label: Float32Array.from(twice, (row) => table.label[row] as number),
    };
    const train = (fit: Table): number =>
      boost({ fit, validation, task: "regression", parameters: parameters({}), seed: 1 }).metrics["rmse"] as number;
    expect(train({ ...table, weight })).toBeCloseTo(train(repeated), 6);
    expect(train(table)).not.toBeCloseTo(train(repeated), 6);
  });

  it("is a constant where nothing can be learnt", () => {
    const flat = { ...fit, label: new Float32Array(fit.rows).fill(7) };
    const boosted = boost({
      fit: flat,
      validation: flat,
      task: "regression",
      parameters: parameters({ num_boost_round: 3 }),
      seed: 1,
    });
    expect(boosted.metrics).toEqual({ rmse: 0, mae: 0 });
    expect(boosted.trees.every(({ left }) => left.length === 1)).toBe(true);
    const missing = { ...fit, columns: fit.columns.map(() => new Float32Array(fit.rows).fill(NaN)) };
    expect(() => boost({ fit: missing, validation, task: "regression", parameters: parameters({}), seed: 1 })).not.toThrow();
  });
});

describe("a trained classification", () => {
  const binary = madeUpTable({ rows: 3_000, seed: 1, isBinary: true });
  const asked = madeUpTable({ rows: 1_000, seed: 2, isBinary: true });
  const boosted = boost({ fit: binary, validation: asked, task: "binary_classification", parameters: parameters({}), seed: 1 });

  it("predicts what is there to predict", () => {
    expect(boosted.metrics["accuracy"]).toBeGreaterThan(0.85);
    expect(boosted.metrics["log_loss"]).toBeLessThan(0.35);
  });

  it("gives probabilities in ONNX, its own to the last digits of exp", async () => {
    const got = await runInWasm(boostedOnnx(boosted), flatRows(asked), 3);
    const own = Array.from(
      { length: asked.rows },
      (_, row) => 1 / (1 + Math.exp(-marginOf(boosted.trees, boosted.base, rowOf(asked, row)))),
    );
    expect(Math.max(...own.map((value, row) => Math.abs((got[row] as number) - value) / value))).toBeLessThan(1e-6);
  });

  it("holds where all labels are alike", () => {
    const ones = { ...binary, label: new Float32Array(binary.rows).fill(1) };
    const { metrics, base } = boost({
      fit: ones,
      validation: ones,
      task: "binary_classification",
      parameters: parameters({}),
      seed: 1,
    });
    expect(Number.isFinite(base)).toBe(true);
    expect(metrics["accuracy"]).toBe(1);
    expect(metrics["log_loss"]).toBeLessThan(1e-5);
  });
});
