import { describe, expect, it } from "vitest";
import { readProgress, trainingJob, trainingMetrics } from "./training-job.ts";

const file = (path: string) => ({ path, rows: 10, sha256: "a".repeat(64) });
const job = {
  schema: 1,
  model: "pm25_predictor",
  task: "regression",
  features: ["PM10", "TEMP"],
  label: "PM2.5",
  fit: file("fit.csv"),
  validation: file("validation.csv"),
  parameters: { max_depth: 6, booster: "gbtree", verbose: false },
  seed: 7,
};

describe("a training job", () => {
  it("is read as it stands", () => {
    expect(trainingJob.parse(job)).toEqual(job);
  });

  it.each([
    ["a path out of its directory", { fit: file("../fit.csv") }],
    ["an absolute path", { fit: file("/etc/passwd") }],
    ["a feature twice", { features: ["PM10", "PM10"] }],
    ["the label among the features", { label: "PM10" }],
    ["the weight among the features", { weight: "TEMP" }],
    ["a seed that is not whole", { seed: 0.5 }],
    ["another schema", { schema: 2 }],
    ["a field that nobody knows", { colour: "red" }],
  ])("is refused with %s", (_, change) => {
    expect(trainingJob.safeParse({ ...job, ...change }).success).toBe(false);
  });
});

describe("a trainer's metrics", () => {
  const metrics = { schema: 1, artifact: "model.ubj", trainer: { name: "xgboost", version: "1.7.4" }, metrics: { rmse: 21.3 } };

  it("are read as they stand", () => {
    expect(trainingMetrics.parse(metrics)).toEqual(metrics);
  });

  it("are refused with a number that is none", () => {
    expect(trainingMetrics.safeParse({ ...metrics, metrics: { rmse: NaN } }).success).toBe(false);
    expect(trainingMetrics.safeParse({ ...metrics, artifact: "model.pkl" }).success).toBe(false);
  });
});

describe("a line of a trainer's output", () => {
  it("is progress only when it is a progress record", () => {
    expect(readProgress('{"progress":{"done":3,"of":10},"note":"validation RMSE 21.3"}')).toEqual({
      progress: { done: 3, of: 10 },
      note: "validation RMSE 21.3",
    });
    for (const line of ["round 3 of 10", '{"progress":', '{"progress":{"done":-1,"of":10}}', "{}"])
      expect(readProgress(line)).toBeUndefined();
  });
});
