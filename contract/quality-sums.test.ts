/** Against plain recomputation, in BigInt-exact rationals where rounding is the question. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addTerm, emptySum, valueOf } from "./compensated-sum.ts";
import { figuresOf } from "./quality-figures.ts";
import { addOutcome, addQuality, emptyQuality, qualitySums, type Outcome, type QualitySums } from "./quality-sums.ts";
import {
  addSketch,
  addValue,
  SKETCH_BUCKETS_MAX,
  SKETCH_RELATIVE_ERROR,
  sketchQuantile,
  type QuantileSketch,
} from "./quantile-sketch.ts";

const value = (predicted: number, actual: number, delaySeconds = 60): Outcome => ({
  form: "value",
  predicted,
  actual,
  delaySeconds,
});
const scored = (outcomes: readonly Outcome[]): QualitySums => {
  const sums = emptyQuality();
  for (const outcome of outcomes) addOutcome(sums, outcome);
  return sums;
};
/** Numbers of a linear congruential generator (Numerical Recipes), 0 to 1: the same in every run. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe("live quality's sums", () => {
  it("give the figures of a regression that was worked out by hand", () => {
    // Errors 1, -1, 3: squares 11, absolute 5, sum 3. Truths 1, 3, 5: mean 3, squared deviations 8. R² = 1 - 11/8.
    const figures = figuresOf(scored([value(2, 1), value(2, 3), value(8, 5)]));
    expect(figures.count).toBe(3);
    expect(figures.rmse).toBeCloseTo(Math.sqrt(11 / 3), 14);
    expect(figures.mae).toBeCloseTo(5 / 3, 14);
    expect(figures.bias).toBeCloseTo(1, 14);
    expect(figures.r2).toBeCloseTo(1 - 11 / 8, 14);
    expect(figures.absoluteErrorP95).toBeGreaterThan(3 * 0.99);
    expect(figures.absoluteErrorP95).toBeLessThan(3 * 1.01);
    expect(figures).toMatchObject({ accuracy: null, logLoss: null, confusion: null, delay: { meanSeconds: 60 } });
  });

  it("give the figures of a classifier that were worked out by hand", () => {
    // -(ln .9 + ln .6 + ln .2 + ln .3) / 4 = 0.8573992140459634, in Python's doubles.
    const rows: [number[], number][] = [
      [[0.9, 0.1], 0],
      [[0.4, 0.6], 1],
      [[0.8, 0.2], 1],
      [[0.3, 0.7], 0],
    ];
    const figures = figuresOf(
      scored(rows.map(([probabilities, actual]) => ({ form: "class", probabilities, actual, delaySeconds: 1 }))),
    );
    expect(figures).toMatchObject({ count: 4, accuracy: 0.5, rmse: null, mae: null, r2: null });
    expect(figures.logLoss).toBeCloseTo(0.8573992140459634, 12);
    expect(figures.confusion).toContainEqual({ predicted: 0, actual: 1, count: 1 });
  });

  it("say nothing of what is not known", () => {
    expect(figuresOf(emptyQuality())).toEqual({
      count: 0,
      rmse: null,
      mae: null,
      bias: null,
      r2: null,
      absoluteErrorP95: null,
      accuracy: null,
      logLoss: null,
      confusion: null,
      delay: null,
    });
    expect(figuresOf(scored([value(1, 7), value(2, 7)])).r2).toBeNull();
  });

  it("keep a probability of 0 for the truth finite", () => {
    const { logLoss } = figuresOf(scored([{ form: "class", probabilities: [1, 0], actual: 1, delaySeconds: 1 }]));
    expect(logLoss).toBeCloseTo(23 * Math.LN2, 12);
  });

  it("add up to what one that saw everything has, in any order and after JSON", () => {
    const outcome = fc.oneof(
      fc
        .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
        .map(([predicted, actual]) => value(predicted, actual)),
      fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 1 }))
        .map(([p, actual]): Outcome => ({ form: "class", probabilities: [1 - p, p], actual, delaySeconds: 5 })),
    );
    fc.assert(
      fc.property(fc.array(fc.array(outcome, { maxLength: 30 }), { maxLength: 5 }), (parts) => {
        const merged = emptyQuality();
        for (const part of parts.toReversed()) addQuality(merged, qualitySums.parse(JSON.parse(JSON.stringify(scored(part)))));
        const whole = figuresOf(scored(parts.flat()));
        const got = figuresOf(merged);
        expect(got.count).toBe(whole.count);
        expect(got.confusion?.length).toBe(whole.confusion?.length);
        for (const figure of ["rmse", "mae", "bias", "accuracy", "logLoss", "absoluteErrorP95"] as const)
          close(got[figure], whole[figure], 1e-9);
        if (whole.r2 !== null) close(got.r2, whole.r2, 1e-6 * Math.max(1, Math.abs(whole.r2)));
      }),
      { seed: 20261125, numRuns: 200 },
    );
  });

  it("lose no digit where truths are large and close together", () => {
    // Truths 1e9 + {0, 1, 2, …} / 1024 are exact; a mean of squares would keep no digit of their variance of about 1e-2.
    const random = lcg(1);
    const outcomes = Array.from({ length: 20_000 }, () =>
      value(1e9 + Math.floor(random() * 1024) / 1024, 1e9 + Math.floor(random() * 1024) / 1024),
    );
    const exact = { squares: 0n, sum: 0n, sumOfSquares: 0n };
    for (const outcome of outcomes) {
      if (outcome.form !== "value") continue;
      const error = BigInt((outcome.predicted - outcome.actual) * 1024);
      const truth = BigInt((outcome.actual - 1e9) * 1024);
      exact.squares += error * error;
      exact.sum += truth;
      exact.sumOfSquares += truth * truth;
    }
    const count = BigInt(outcomes.length);
    const deviations = Number(count * exact.sumOfSquares - exact.sum * exact.sum) / Number(count);
    const figures = figuresOf(scored(outcomes));
    close(figures.rmse, Math.sqrt(Number(exact.squares) / Number(count)) / 1024, 1e-12);
    close(figures.r2, 1 - Number(exact.squares) / deviations, 1e-9);
  });
});

describe("a compensated sum", () => {
  it("keeps what plain addition loses", () => {
    const sum = emptySum();
    for (const term of [1, 1e100, 1, -1e100]) addTerm(sum, term);
    expect(valueOf(sum)).toBe(2);
  });
});

describe("a quantile sketch", () => {
  it("tells every quantile within its relative error, merged or not, on several shapes", () => {
    const shapes: Record<string, (random: () => number) => number> = {
      uniform: (random) => random() * 100,
      exponential: (random) => -Math.log(1 - random()) * 15,
      "from 1e-6 to 1e6": (random) => 10 ** (random() * 12 - 6),
      "one value": () => 13.194,
      "mostly 0": (random) => Math.max(0, random() - 0.9),
    };
    for (const [name, draw] of Object.entries(shapes)) {
      const random = lcg(7);
      const values = Array.from({ length: 5_000 }, () => draw(random));
      const [left, right]: [QuantileSketch, QuantileSketch] = [{}, {}];
      values.forEach((value, at) => addValue(at % 3 === 0 ? left : right, value));
      addSketch(left, right);
      const sorted = values.toSorted((a, b) => a - b);
      for (const quantile of [0.01, 0.25, 0.5, 0.95, 0.99, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1] as number;
        const told = sketchQuantile(left, quantile) as number;
        expect([name, quantile, Math.abs(told - exact) <= SKETCH_RELATIVE_ERROR * exact + 1e-9]).toEqual([name, quantile, true]);
      }
    }
  });

  it("stays bounded by giving up its lowest buckets, not the upper quantiles", () => {
    const sketch: QuantileSketch = {};
    const values = Array.from({ length: 6_000 }, (_, at) => 10 ** (at / 60 - 8));
    for (const value of values) addValue(sketch, value);
    expect(Object.keys(sketch).length).toBeLessThanOrEqual(SKETCH_BUCKETS_MAX);
    const exact = values[Math.ceil(0.95 * values.length) - 1] as number;
    expect(Math.abs((sketchQuantile(sketch, 0.95) as number) / exact - 1)).toBeLessThanOrEqual(SKETCH_RELATIVE_ERROR);
    expect(sketchQuantile({}, 0.5)).toBeUndefined();
  });
});

function close(got: number | null, wanted: number | null, within: number): void {
  if (wanted === null) return expect(got).toBeNull();
  expect(got).not.toBeNull();
  expect(Math.abs((got as number) - wanted)).toBeLessThanOrEqual(within * Math.max(1, Math.abs(wanted)));
}
