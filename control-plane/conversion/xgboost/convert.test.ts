/** Small models of every kind against XGBoost's own predictions, in the edge's runtime (fixtures/make_fixtures.py says how both were made). */
import { describe, expect, it } from "vitest";
import { runInWasm } from "../../../test/harness/wasm-session.ts";
import { convertXgboost } from "./convert.ts";
import { changedJson, fixture, type AnyModel } from "./changed-model.fixture.ts";

const { features, rows, expected } = JSON.parse(fixture("predictions.json").toString()) as {
  features: string[];
  rows: (number | null)[][];
  expected: Record<string, number[] | number[][]>;
};
const flat = Float32Array.from(rows.flat(), (value) => value ?? NaN);

/** Models whose answer is a sum: equal to the last bit. The others end in exp, where two libraries differ in the last digits. */
const EXACT = new Set([
  "squared-error.json",
  "squared-error-dart.ubj",
  "categorical.json",
  "categorical.ubj",
  "linear.json",
  "softmax.json",
]);

async function predictions(name: string): Promise<Float64Array> {
  const converted = convertXgboost(fixture(name));
  if (!converted.ok) throw new Error(JSON.stringify(converted.failure));
  return runInWasm(converted.value.bytes, flat, features.length);
}

describe("a converted model", () => {
  it.each(Object.keys(expected))("%s predicts what XGBoost does", async (name) => {
    const got = await predictions(name);
    const wanted = (expected[name] ?? []).flat();
    expect(got).toHaveLength(wanted.length);
    const relative = wanted.map((value, at) => Math.abs((got[at] as number) - value) / Math.abs(value || 1));
    expect(Math.max(...relative)).toBeLessThanOrEqual(EXACT.has(name) ? 0 : 1e-6);
  });

  it("says what it was made from, its features and that they may be missing", () => {
    expect(convertXgboost(fixture("categorical.json"))).toMatchObject({
      ok: true,
      value: {
        notes: [
          "The model was converted from XGBoost 1.7.4's own format: reg:squarederror, gbtree, 6 trees.",
          "Categorical features take the category's number, as XGBoost does: kind.",
        ],
        input: { name: "features", features, missing: "nan" },
      },
    });
  });

  it("has one base score per output where the file has (XGBoost 3.1 on)", async () => {
    const got = await runInWasm(
      convertedJson("softmax.json", ({ learner }) => {
        learner.objective.name = "multi:softprob";
        learner.gradient_booster.model.trees = [];
        learner.gradient_booster.model.tree_info = [];
        learner.learner_model_param.base_score = "[0E0,6.9314718E-1,-1E2]";
      }),
      flat.slice(0, 4),
      4,
    );
    expect([...got].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.333333, 0.666667, 0]);
  });
});

function convertedJson(name: string, change: (model: AnyModel) => void): Uint8Array {
  const converted = convertXgboost(changedJson(name, change));
  if (!converted.ok) throw new Error(JSON.stringify(converted.failure));
  return converted.value.bytes;
}
