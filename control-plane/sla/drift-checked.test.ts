import { describe, expect, it } from "vitest";
import { driftChecked } from "./drift-checked.ts";

const day = (days: number): Date => new Date(Date.parse("2026-11-01T00:00:00Z") + days * 86_400_000);
const judged = (checks: number[], from: number, to: number) => {
  const { current, compliance } = driftChecked(24, "m", checks.map(day), { from: day(from), to: day(to) });
  return [current, compliance];
};

describe("whether drift was looked for in time", () => {
  it("is met by a look a day, also while today's is on its way", () => {
    expect(judged([0, 1, 2, 3], 1, 3)).toEqual([24, "met"]);
    expect(judged([0, 1, 2, 3], 1.5, 4 + 1.5 / 24)).toEqual([24, "met"]);
  });

  it("is missed by a gap between two looks, also by one that began before the span, and by one that goes on", () => {
    expect(judged([0, 1, 3, 4], 0, 4)).toEqual([48, "missed"]);
    expect(judged([0, 3, 4], 2, 4)).toEqual([72, "missed"]);
    expect(judged([0, 1], 0, 2.25)).toEqual([28, "missed"]);
  });

  it("forgets gaps that were over before the span, and knows nothing before the first look", () => {
    expect(judged([0, 5, 6, 7], 5.5, 7)).toEqual([24, "met"]);
    expect(judged([6, 7], 0, 7)).toEqual([24, "met"]);
    expect(judged([], 0, 7)).toEqual([null, "no_data"]);
    expect(judged([9], 0, 7)).toEqual([null, "no_data"]);
  });
});
