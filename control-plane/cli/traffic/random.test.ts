import { expect, it } from "vitest";
import { nextArrivalMs, seededRandom, standardNormal } from "./random.ts";

const DRAWS = 100_000;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

it("replays a seed and tells neighbouring seeds apart", () => {
  expect(seededRandom(5)()).toBe(seededRandom(5)());
  const firsts = new Set(Array.from({ length: 1000 }, (_, seed) => seededRandom(seed)()));
  expect(firsts.size).toBe(1000);
});

it("is uniform: each tenth holds a tenth of the draws", () => {
  const random = seededRandom(1);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < DRAWS; draw++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] as number) + 1;
  }
  // Six standard deviations of a binomial count.
  for (const count of tenths) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(6 * Math.sqrt(DRAWS * 0.09));
});

it("draws normals of mean 0 and variance 1", () => {
  const random = seededRandom(2);
  const draws = Array.from({ length: DRAWS }, () => standardNormal(random));
  expect(Math.abs(mean(draws))).toBeLessThan(0.02);
  expect(mean(draws.map((draw) => draw * draw))).toBeCloseTo(1, 1);
});

it("draws arrivals whose gaps have the rate's mean and, as a Poisson process has, an equal standard deviation", () => {
  const random = seededRandom(3);
  const gaps = Array.from({ length: DRAWS }, () => nextArrivalMs(random, 50));
  expect(mean(gaps)).toBeGreaterThan(19.5);
  expect(mean(gaps)).toBeLessThan(20.5);
  const deviation = Math.sqrt(mean(gaps.map((gap) => (gap - 20) ** 2)));
  expect(deviation).toBeGreaterThan(19);
  expect(deviation).toBeLessThan(21);
});
