import { expect, it } from "vitest";
import { retrainConfig } from "../api/retrain-config-schema.ts";
import type { Evaluated } from "../api/retrain-schemas.ts";
import { compareVersions } from "./compare-versions.ts";

const config = (improvementPercentMin = 0, task = "regression") =>
  retrainConfig.parse({
    source: { kind: "files", files: ["*.csv"] },
    time: { column: "time" },
    split: { windowDays: 1, validationDays: 1 },
    features: ["a"],
    label: "y",
    task,
    compare: { improvementPercentMin },
  });
const evaluated = (rmse: number, theirs: number | null): Evaluated => ({
  on: "holdout",
  rows: 100,
  metrics: { rmse },
  production: theirs === null ? null : { version: "v1", metrics: { rmse: theirs } },
  interval: null,
  input: "features",
});

it.each([
  [19, 20, 0, true],
  [20, 20, 0, false],
  [21, 20, 0, false],
  [19, 20, 5, true],
  [19.01, 20, 5, false],
  [0, 0, 0, false],
])("rmse %d against %d, at least %d %% better: %s", (ours, theirs, least, isBetter) => {
  expect(compareVersions(evaluated(ours, theirs), config(least))).toMatchObject({ ok: true, value: { isBetter } });
});

it("takes the first version as it is", () => {
  expect(compareVersions(evaluated(20, null), config())).toMatchObject({
    ok: true,
    value: { isBetter: true, production: null, improvementPercent: null },
  });
});

it.each([
  [evaluated(Number.NaN, 20), "the new model"],
  [evaluated(Infinity, null), "the new model"],
  [evaluated(19, Number.NaN), "v1"],
  [{ ...evaluated(19, 20), metrics: { mae: 1 } }, "the new model"],
])("does not decide on a number that is none", (result, of) => {
  expect(compareVersions(result, config())).toEqual({
    ok: false,
    failure: { reason: "metric_not_measured", metric: "rmse", of },
  });
});

it("compares a classification by its log loss", () => {
  const result = { ...evaluated(0, null), metrics: { log_loss: 0.3 }, production: { version: "v2", metrics: { log_loss: 0.4 } } };
  expect(compareVersions(result, config(0, "binary_classification"))).toMatchObject({
    value: { metric: "log_loss", isBetter: true, sentence: expect.stringContaining("25.00 % better") as string },
  });
});
