import { describe, expect, it } from "vitest";
import { cronProblem, dueTurns, hoursOfTurn } from "./schedule.ts";

const schedule = { cron: "10 0 * * *", windowHours: 24 };

describe("the turns of a cron expression", () => {
  it("are those after one time and not after another, of the last 31 days", () => {
    const [after, until] = ["2026-11-20T00:10:00Z", "2026-11-23T00:10:00Z"].map((text) => new Date(text)) as [Date, Date];
    expect(dueTurns(schedule, after, until).map((turn) => turn.toISOString())).toEqual([
      "2026-11-21T00:10:00.000Z",
      "2026-11-22T00:10:00.000Z",
      "2026-11-23T00:10:00.000Z",
    ]);
    expect(dueTurns(schedule, until, after)).toEqual([]);
    expect(dueTurns(schedule, new Date("2020-01-01T00:00:00Z"), until)).toHaveLength(31);
  });

  it.each(["", "hello", "* * * * * *", "61 0 * * *", "*/30 * * * *", "0 0 30 2 *"])("refuses %s", (cron) => {
    expect(cronProblem(cron)).toBeTypeOf("string");
  });

  it.each(["10 0 * * *", "0 * * * *", "0 6 * * 1", "0 0 29 2 *"])("takes %s", (cron) => {
    expect(cronProblem(cron)).toBeUndefined();
  });

  it("look at the whole hours before the one in which they come up", () => {
    const { fromHour, toHour } = hoursOfTurn(schedule, new Date("2026-11-23T00:10:00Z"));
    expect([fromHour, toHour].map((hour) => new Date(hour * 3_600_000).toISOString())).toEqual([
      "2026-11-22T00:00:00.000Z",
      "2026-11-23T00:00:00.000Z",
    ]);
  });
});
