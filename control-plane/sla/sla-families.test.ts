import { expect, it } from "vitest";
import type { Objective } from "../api/sla-schemas.ts";
import { familiesOf } from "./sla-families.ts";

const row = (over: Partial<Objective>): Objective => ({
  objective: "error_rate",
  model: null,
  target: 0.01,
  comparison: "below",
  current: 0.001,
  isAtLeast: false,
  compliance: "not_enough_data",
  budgetLeft: 0.9,
  ...over,
});
const met = (over: Partial<Objective>): number | undefined => familiesOf([row(over)], 0.5)[0]?.series[0]?.[1];

it.each([
  ["met", { compliance: "met" }, 1],
  ["missed, whatever the current value", { compliance: "missed", current: 0 }, 0],
  ["kept so far", {}, 1],
  ["not kept so far", { current: 0.01 }, 0],
  ["kept at its very target where that is allowed", { comparison: "at_most", current: 0.01 }, 1],
  ["uptime at its target", { comparison: "at_least", target: 0.995, current: 0.995 }, 1],
  ["uptime below its target", { comparison: "at_least", target: 0.995, current: 0.9949 }, 0],
  ["only known to be at least its value", { isAtLeast: true }, 0],
  ["not a number", { current: Number.NaN }, 0],
  ["without data", { compliance: "no_data", current: null, budgetLeft: null }, undefined],
] as const)("an objective that is %s", (_, over, value) => {
  expect(met(over)).toBe(value);
});

it("says the budget where there is one, and how much is known", () => {
  const [, budget, coverage] = familiesOf([row({ budgetLeft: -0.5 }), row({ model: "m", budgetLeft: null })], 0.25);
  expect(budget?.series).toEqual([['sla_error_budget_left_ratio{model="",objective="error_rate"}', -0.5]]);
  expect(coverage?.series).toEqual([["sla_coverage_ratio", 0.25]]);
});
