import { describe, expect, it } from "vitest";
import { shareDifference, wilson } from "./rate-interval.ts";

/** scipy 1.10.1: `binomtest(count, of).proportion_ci(confidence, "wilson")`; z of 0.9 is 1.644853627, of 0.998 it is 3.090232306. */
const SCIPY: [number, number, number, number, number][] = [
  [20, 400, 1.644853627, 0.0349052014049567, 0.07114137319096375],
  [20, 400, 3.090232306, 0.025597700251550004, 0.09538775177846497],
  [1, 10, 3.090232306, 0.008789112824549972, 0.5819940075382198],
  [0, 1000, 1.644853627, 0, 0.0026982432397605217],
  [50, 1000, 3.090232306, 0.03263648427270493, 0.07587679995109875],
];

describe("Wilson's interval", () => {
  it.each(SCIPY)("of %i of %i is scipy's", (count, of, z, lower, upper) => {
    const interval = wilson({ count, of }, z);
    expect(interval?.lower).toBeCloseTo(lower, 9);
    expect(interval?.upper).toBeCloseTo(upper, 9);
  });

  it.each([
    [0, 0],
    [2, 1],
    [-1, 5],
    [NaN, 5],
    [1, NaN],
    [1, Infinity],
  ])("says nothing of %s of %s", (count, of) => {
    expect(wilson({ count, of }, 1.96)).toBeUndefined();
  });
});

describe("Newcombe's interval of a difference", () => {
  /** Newcombe 1998, table II, method 10, examples (a), (b), (d) and (g): 95 %, to four digits. */
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [10, 10, 0, 20, 0.6791, 1],
  ])("of %i/%i and %i/%i is the published one", (a, m, b, n, lower, upper) => {
    const interval = shareDifference({ count: a, of: m }, { count: b, of: n }, 1.959964);
    expect(interval?.lower).toBeCloseTo(lower, 3);
    expect(interval?.upper).toBeCloseTo(upper, 3);
  });
});
