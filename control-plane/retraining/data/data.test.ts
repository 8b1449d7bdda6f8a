import { describe, expect, it } from "vitest";
import { preprocessRow } from "./preprocess-row.ts";
import { parseTimeMs, rowTimeMs } from "./row-time.ts";
import { numberOf } from "./row.ts";
import { partOf, splitBounds } from "./split.ts";

describe("the time of a row", () => {
  it.each([
    ["2016-03-01", Date.UTC(2016, 2, 1)],
    ["2016-03-01 05:30", Date.UTC(2016, 2, 1, 5, 30)],
    ["2016-03-01T05:30:15.250Z", Date.UTC(2016, 2, 1, 5, 30, 15, 250)],
    ["2016-03-01T05:30:00+08:00", Date.UTC(2016, 1, 29, 21, 30)],
    ["1456808400", Date.UTC(2016, 2, 1, 5)],
    ["1456808400000", Date.UTC(2016, 2, 1, 5)],
  ])("%s", (text, timeMs) => {
    expect(parseTimeMs(text)).toBe(timeMs);
  });

  it.each(["", "NA", "2016", "2016-13-01", "2015-02-29", "1/3/2016", "2016-03-01 25:00", "yesterday"])("%s is none", (text) => {
    expect(parseTimeMs(text)).toBeUndefined();
  });

  it("is made of parts, and only of those that are on the calendar", () => {
    const time = { parts: { year: "y", month: "m", day: "d", hour: "h" } };
    expect(rowTimeMs({ y: "2016", m: "2", d: "29", h: "23" }, time)).toBe(Date.UTC(2016, 1, 29, 23));
    for (const row of [
      { y: "2015", m: "2", d: "29", h: "0" },
      { y: "2016", m: "2", d: "1", h: "24" },
      { y: "2016", m: "2", d: "1" },
      { y: "NA", m: "2", d: "1", h: "0" },
    ])
      expect(rowTimeMs(row as never, time)).toBeUndefined();
  });
});

describe("preprocessRow", () => {
  const at = Date.UTC(2016, 11, 31, 13);

  it("derives the calendar, renames, and keeps what is inside or missing", () => {
    const row = preprocessRow({ a: "1", b: "NA" }, at, [
      { step: "derive", column: "month", from: "month" },
      { step: "derive", column: "hour", from: "hour" },
      { step: "derive", column: "weekday", from: "weekday" },
      { step: "derive", column: "day", from: "day_of_year" },
      { step: "rename", from: "a", to: "c" },
      { step: "drop_rows_outside", column: "b", min: 0 },
      { step: "drop_rows_outside", column: "c", min: 1, max: 1 },
    ]);
    expect(row).toEqual({ row: { b: "NA", c: "1", month: "12", hour: "13", weekday: "6", day: "366" } });
  });

  it.each([
    ["without b", { step: "drop_rows_without" as const, columns: ["a", "b"] }],
    ["a outside", { step: "drop_rows_outside" as const, column: "a", max: 0.5 }],
    ["t outside", { step: "drop_rows_outside" as const, column: "t" }],
  ])("drops a row: %s", (droppedBy, step) => {
    expect(preprocessRow({ a: "1", b: "NA", t: "text" }, at, [step])).toEqual({ droppedBy });
  });
});

it("a number is what a CSV writes as one", () => {
  expect(["1", "-1.5", "+.5", "1e3", "5."].map(numberOf)).toEqual([1, -1.5, 0.5, 1000, 5]);
  expect(["", "NaN", "Infinity", "1e999", "0x1f", "1,5", " 1", "--1"].map(numberOf)).toEqual(Array(8).fill(undefined));
});

describe("the split", () => {
  const newestMs = Date.UTC(2016, 2, 31);
  const days = (count: number): number => newestMs - count * 86_400_000;

  it("puts every time into one part at most, the edges into the older one", () => {
    const bounds = splitBounds(newestMs, { windowDays: 100, validationDays: 20, holdoutDays: 10 });
    const parts = [newestMs + 1, newestMs, days(10) + 1, days(10), days(30) + 1, days(30), days(130) + 1, days(130)].map(
      (timeMs) => partOf(timeMs, bounds)?.part,
    );
    expect(parts).toEqual([undefined, "holdout", "holdout", "validation", "validation", "fit", "fit", undefined]);
  });

  it("has no holdout when none is wanted", () => {
    const bounds = splitBounds(newestMs, { windowDays: 100, validationDays: 20, holdoutDays: 0 });
    expect(bounds.map(({ part }) => part)).toEqual(["fit", "validation"]);
    expect(partOf(newestMs, bounds)?.part).toBe("validation");
  });
});
