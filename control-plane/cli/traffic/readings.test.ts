import { readFileSync } from "node:fs";
import { quantileSorted, sampleRankCorrelation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";
import { choleskyFactor, normalProbability, quantileAt, readingDictionary, readingSource, type Reading } from "./readings.ts";

const dictionary = readingDictionary.parse(
  JSON.parse(readFileSync(new URL("../../../examples/pm25/readings.json", import.meta.url), "utf8")),
);
const DRAWS = 60_000;

function draw(count: number, seed: number): Reading[] {
  const next = readingSource(dictionary, seededRandom(seed));
  return Array.from({ length: count }, next);
}
const readings = draw(DRAWS, 7);

it("makes the same readings from the same seed and others from another", () => {
  expect(draw(50, 3)).toEqual(draw(50, 3));
  expect(draw(50, 3)).not.toEqual(draw(50, 4));
});

describe("of 60,000 readings", () => {
  it.each(dictionary.features.map(({ name }, at) => [name, at] as const))("%s has the quantiles of its months", (name, at) => {
    const feature = dictionary.features[at];
    for (const month of [1, 7]) {
      const sorted = readings
        .filter((reading) => reading["month"] === month && reading[name] !== null)
        .map((reading) => reading[name] as number)
        .toSorted((a, b) => a - b);
      const quantiles = feature?.quantilesByMonth[month - 1] as number[];
      for (const probability of [0.1, 0.5, 0.9]) {
        const wanted = quantileAt(dictionary.probabilities, quantiles, probability);
        const below = quantileAt(dictionary.probabilities, quantiles, probability - 0.025);
        const above = quantileAt(dictionary.probabilities, quantiles, probability + 0.025);
        const got = quantileSorted(sorted, probability);
        const step = feature?.step as number;
        expect(got, `${name} in month ${month} at ${probability}: wanted ${wanted}`).toBeGreaterThanOrEqual(below - step);
        expect(got, `${name} in month ${month} at ${probability}: wanted ${wanted}`).toBeLessThanOrEqual(above + step);
      }
    }
  });

  it("the share of missing values is that of the dictionary, feature by feature", () => {
    for (const { name } of dictionary.features) {
      const wanted = dictionary.missing
        .filter(({ features }) => features.includes(name))
        .reduce((sum, { share }) => sum + share, 0);
      const got = readings.filter((reading) => reading[name] === null).length / DRAWS;
      // Five standard errors of a proportion.
      expect(Math.abs(got - wanted), name).toBeLessThanOrEqual(5 * Math.sqrt(wanted / DRAWS));
    }
  });

  it("warm afternoons and cold nights: temperature follows the hour", () => {
    const meanAt = (hour: number): number => {
      const values = readings.flatMap((reading) =>
        reading["hour"] === hour && reading["TEMP"] !== null ? [reading["TEMP"] as number] : [],
      );
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(meanAt(15)).toBeGreaterThan(meanAt(5) + 4);
  });

  it("PM10 and CO rise together, wind and NO2 against each other", () => {
    const january = readings.filter((reading) => reading["month"] === 1 && !Object.values(reading).includes(null));
    const column = (name: string): number[] => january.map((reading) => reading[name] as number);
    expect(sampleRankCorrelation(column("PM10"), column("CO"))).toBeGreaterThan(0.6);
    expect(sampleRankCorrelation(column("WSPM"), column("NO2"))).toBeLessThan(-0.2);
  });

  it("month, hour and rainfall stay within what there is", () => {
    for (const reading of readings) {
      expect(reading["month"]).toBeGreaterThanOrEqual(1);
      expect(reading["month"]).toBeLessThanOrEqual(12);
      expect(reading["hour"]).toBeGreaterThanOrEqual(0);
      expect(reading["hour"]).toBeLessThanOrEqual(23);
      expect(reading["RAIN"] ?? 0).toBeGreaterThanOrEqual(0);
    }
  });
});

it("gives back the matrix from its factor", () => {
  const matrix = [
    [1, 0.5, -0.2],
    [0.5, 1, 0.3],
    [-0.2, 0.3, 1],
  ];
  const factor = choleskyFactor(matrix);
  for (const [row, a] of factor.entries()) {
    for (const [column, b] of factor.entries()) {
      expect(a.reduce((sum, value, at) => sum + value * (b[at] as number), 0)).toBeCloseTo(matrix[row]?.[column] as number, 12);
    }
  }
});

it("refuses a correlation that no data can have", () => {
  expect(() =>
    choleskyFactor([
      [1, 0.9, -0.9],
      [0.9, 1, 0.9],
      [-0.9, 0.9, 1],
    ]),
  ).toThrow(/not positive definite/);
});

it("knows the normal distribution (values of R's pnorm)", () => {
  expect(normalProbability(0)).toBeCloseTo(0.5, 7);
  expect(normalProbability(1.96)).toBeCloseTo(0.9750021, 6);
  expect(normalProbability(-1)).toBeCloseTo(0.1586553, 6);
});
