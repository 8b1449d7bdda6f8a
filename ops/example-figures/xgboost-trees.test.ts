import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseXgboostModel, predictRow } from "./xgboost-trees.ts";

const folder = new URL("../../../shared/models/pm25/", import.meta.url);
const examples = JSON.parse(readFileSync(new URL("../../examples/pm25/examples.json", import.meta.url), "utf8")) as {
  instances: (number | null)[][];
  predictions: Record<string, number[]>;
};

const STUMP = JSON.stringify({
  learner: {
    learner_model_param: { base_score: "1E1" },
    objective: { name: "reg:squarederror" },
    gradient_booster: {
      model: {
        trees: [
          {
            left_children: [1, -1, -1],
            right_children: [2, -1, -1],
            split_indices: [0, 0, 0],
            split_conditions: [0.1, -1, 2],
            default_left: [1, 0, 0],
          },
        ],
      },
    },
  },
});

it("goes left below the threshold, right from it on, and where the tree says when the value is missing", () => {
  const model = parseXgboostModel(STUMP);
  expect(predictRow(model, [0])).toBe(9);
  // 0.1 as float32 is not below 0.1 as float32, though as doubles it would be above.
  expect(predictRow(model, [0.1])).toBe(12);
  expect(predictRow(model, [null])).toBe(9);
});

describe.skipIf(!existsSync(folder))("with the models beside the repository (skipped without ../shared/models/pm25)", () => {
  it.each(["v1", "v2"])("%s: gives XGBoost's own 500 predictions bit for bit, and those of examples.json", (version) => {
    const golden = JSON.parse(readFileSync(new URL("golden.json", folder), "utf8").replaceAll("NaN", "null")) as {
      rows: (number | null)[][];
      expected: Record<string, number[]>;
    };
    const model = parseXgboostModel(readFileSync(new URL(`pm25-${version}.xgb.json`, folder), "utf8"));
    expect(golden.rows).toHaveLength(500);
    expect(golden.rows.map((row) => predictRow(model, row))).toEqual(golden.expected[version]);
    expect(examples.instances.map((row) => predictRow(model, row))).toEqual(examples.predictions[version]);
  });
});
