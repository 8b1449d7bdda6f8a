import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../inspection/seeded-random.ts";
import { areaUnderRoc } from "./area-under-roc.ts";
import { blockRowsOf, bootstrapDifference } from "./block-bootstrap.ts";
import { ClassificationSums } from "./classification-sums.ts";
import { RegressionSums } from "./regression-sums.ts";

/** numpy's and scipy's own values (scores.oracle.py). */
const oracle = JSON.parse(readFileSync(new URL("scores.oracle.json", import.meta.url), "utf8")) as {
  regression: { label: number[]; predicted: number[]; weight: number[]; expected: Record<"rmse" | "mae" | "r2", number> };
  classification: { truth: number[]; score: number[]; expected: Record<"accuracy" | "log_loss" | "auc", number> };
};

describe("a regressor's scores", () => {
  it("are numpy's", () => {
    const { label, predicted, weight, expected } = oracle.regression;
    const sums = new RegressionSums();
    label.forEach((value, row) => sums.add(value, predicted[row] as number, weight[row] as number));
    for (const [metric, value] of Object.entries(sums.metrics())) {
      expect(value).toBeCloseTo(expected[metric as "rmse"], 10);
    }
  });

  it("keep their digits far from zero", () => {
    const sums = new RegressionSums();
    for (let row = 0; row < 1000; row++) sums.add(1e9 + (row % 2), 1e9 + (row % 2) + 0.25, 1);
    expect(sums.metrics().r2).toBeCloseTo(1 - 0.0625 / 0.25, 6);
  });

  it("are null where there is nothing to say", () => {
    expect(new RegressionSums().metrics()).toEqual({ rmse: null, mae: null, r2: null });
    const constant = new RegressionSums();
    constant.add(5, 6, 1);
    constant.add(5, 4, 1);
    expect(constant.metrics()).toEqual({ rmse: 1, mae: 1, r2: null });
  });
});

describe("a classifier's scores", () => {
  it("are numpy's and scipy's", () => {
    const { truth, score, expected } = oracle.classification;
    const sums = new ClassificationSums(["0", "1"]);
    truth.forEach((one, row) => {
      const second = score[row] as number;
      sums.add(String(one), second > 0.5 ? "1" : "0", [1 - second, second], 1);
    });
    for (const [metric, value] of Object.entries(sums.metrics())) expect(value).toBeCloseTo(expected[metric as "auc"], 10);
  });

  it("give the cost of a class predicted with 0 a limit, and a label that the model does not know that cost", () => {
    const sums = new ClassificationSums(["a", "b"]);
    expect(sums.add("b", "a", [1, 0], 1)).toBeCloseTo(-Math.log(2 ** -23), 10);
    expect(sums.add("c", "a", [1, 0], 1)).toBeCloseTo(-Math.log(2 ** -23), 10);
  });

  it("are accuracy alone without probabilities", () => {
    const sums = new ClassificationSums(undefined);
    sums.add("a", "a", undefined, 3);
    sums.add("b", "a", undefined, 1);
    expect(sums.metrics()).toEqual({ accuracy: 0.75 });
  });

  it("have no area under the curve of one class", () => {
    expect(areaUnderRoc([0.1, 0.9], [true, true], [1, 1])).toBeNull();
    expect(areaUnderRoc([], [], [])).toBeNull();
  });

  it("count ties as half, and rows by their weight", () => {
    expect(areaUnderRoc([0.5, 0.5], [true, false], [1, 1])).toBe(0.5);
    // A weight of 2 is the same row twice.
    expect(areaUnderRoc([0.2, 0.6, 0.4], [false, true, false], [2, 1, 1])).toBe(
      areaUnderRoc([0.2, 0.2, 0.6, 0.4], [false, false, true, false], [1, 1, 1, 1]),
    );
  });
});

describe("the bootstrap interval", () => {
  const options = { resamples: 1000, level: 0.95, random: seededRandom(7) };
  const blocks = (differ: number) => {
    const random = seededRandom(3);
    return Array.from({ length: 500 }, () => {
      const production = random() * 10;
      return { candidate: production + differ + random() - 0.5, production, weight: 1 };
    });
  };

  it("is the same for the same seed, and about the difference", () => {
    const run = () => bootstrapDifference(blocks(1), (loss) => loss, { ...options, random: seededRandom(7) });
    expect(run()).toEqual(run());
    const { difference, low, high } = run() as { difference: number; low: number; high: number };
    expect(low).toBeLessThan(difference);
    expect(high).toBeGreaterThan(difference);
    // Of a mean of 500 values with the standard deviation 1/√12: ±1.96 · 0.0129.
    expect(high - low).toBeGreaterThan(0.04);
    expect(high - low).toBeLessThan(0.062);
  });

  it("holds the true difference in about 95 of 100 samples", () => {
    let held = 0;
    for (let sample = 0; sample < 200; sample++) {
      const random = seededRandom(1000 + sample);
      const made = Array.from({ length: 100 }, () => ({ candidate: 2 + random(), production: 2 + random(), weight: 1 }));
      const found = bootstrapDifference(made, (loss) => loss, { resamples: 400, level: 0.95, random: seededRandom(sample) });
      if (found && found.low <= 0 && found.high >= 0) held++;
    }
    expect(held).toBeGreaterThan(180);
    expect(held).toBeLessThanOrEqual(199);
  });

  it("is undefined where nothing was weighed", () => {
    expect(bootstrapDifference([], (loss) => loss, options)).toBeUndefined();
    expect(bootstrapDifference([{ candidate: 0, production: 0, weight: 0 }], (loss) => loss, options)).toBeUndefined();
  });

  it("draws blocks of rows only where there are more than 1,000", () => {
    expect([0, 1, 1000, 1001, 87_600].map(blockRowsOf)).toEqual([1, 1, 1, 2, 88]);
  });
});
