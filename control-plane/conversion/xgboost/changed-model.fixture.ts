/** The committed models, changed for a test. Not the models' makers: fixtures/make_fixtures.py. */
import { readFileSync } from "node:fs";

export const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

/** As much of a model file as tests change. */
export interface AnyModel {
  version: number[];
  learner: {
    attributes: Record<string, string>;
    objective: { name: string };
    learner_model_param: Record<string, string>;
    feature_names: string[];
    gradient_booster: { name: string; model: { trees: Record<string, unknown>[]; tree_info: number[]; [more: string]: unknown } };
  };
}

export const changedJson = (name: string, change: (model: AnyModel) => void): Buffer => {
  // NaN as the threshold of a categorical split is XGBoost's own.
  const model = JSON.parse(
    fixture(name)
      .toString()
      .replaceAll(/\bNaN\b/g, "null"),
  ) as AnyModel;
  change(model);
  return Buffer.from(JSON.stringify(model));
};
