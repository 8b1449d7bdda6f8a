import { expect, it } from "vitest";
import { seededRandom, standardNormal } from "../../control-plane/cli/traffic/random.ts";
import { readingDictionary } from "../../control-plane/cli/traffic/readings.ts";
import { readingFigures, type HourlyRecord } from "./reading-figures.ts";

/** Two features that share half their variance, one of them warmer by day; every tenth record lacks both, every fifth the second. */
function records(): HourlyRecord[] {
  const random = seededRandom(1);
  return Array.from({ length: 24_000 }, (_, at) => {
    const hour = at % 24;
    const shared = standardNormal(random);
    const first = 100 + 10 * (shared + standardNormal(random)) + (hour >= 12 ? 20 : 0);
    const second = 5 * (shared + standardNormal(random));
    const values = at % 10 === 0 ? [null, null] : at % 5 === 0 ? [first, null] : [first, second];
    return { month: 1 + (Math.floor(at / 24) % 12), hour, values };
  });
}

const figures = readingFigures(records(), [
  { name: "first", step: 0.1 },
  { name: "second", step: 0.1 },
]);

it("makes a dictionary that its reader accepts", () => {
  expect(readingDictionary.safeParse({ schema: 1, description: "d", source: "s", ...figures }).success).toBe(true);
});

it("finds the day's course, and none where there is none", () => {
  const [first, second] = figures.features;
  expect((first?.hourShift[15] as number) - (first?.hourShift[3] as number)).toBeGreaterThan(1);
  expect(Math.max(...(second?.hourShift ?? [Number.NaN]).map(Math.abs))).toBeLessThan(0.15);
});

it("finds the correlation that is left once the hour is taken off", () => {
  expect(figures.correlation[0]?.[1]).toBe(figures.correlation[1]?.[0]);
  expect(figures.correlation[0]?.[1]).toBeGreaterThan(0.35);
  expect(figures.correlation[0]?.[1]).toBeLessThan(0.6);
});

it("counts which features go missing together", () => {
  expect(figures.missing).toEqual([
    { features: ["first", "second"], share: 0.1 },
    { features: ["second"], share: 0.1 },
  ]);
});

it("puts the median where half of a month's values are", () => {
  const median = figures.features[0]?.quantilesByMonth[0]?.[figures.probabilities.indexOf(0.5)];
  expect(median).toBeGreaterThan(105);
  expect(median).toBeLessThan(115);
});
