import { expect, it } from "vitest";
import type { ManifestGroups } from "../../contract/manifest.ts";
import { disparateImpact } from "./disparate-impact.ts";

const groups: ManifestGroups = { names: ["a", "b", "c"], privileged: "a", favourable: { atMost: 35 } };
const counts = (group: string, favourable: number, issued: number) => ({ group, favourable, issued });

it("is a group's rate over the privileged one's, exact where the counts are", () => {
  const ratios = disparateImpact(groups, [counts("a", 100, 200), counts("b", 80, 200), counts("c", 500, 800)]);
  expect([...ratios]).toEqual([
    ["b", 0.8],
    ["c", 1.25],
  ]);
});

it("says nothing of a group that is too small, of none, or against one that is too small or never favoured", () => {
  expect([
    ...disparateImpact(groups, [counts("a", 100, 200), counts("b", 99, 99), counts("", 50, 500), counts("#7", 50, 500)]),
  ]).toEqual([]);
  expect([...disparateImpact(groups, [counts("a", 99, 99), counts("b", 80, 200)])]).toEqual([]);
  expect([...disparateImpact(groups, [counts("a", 0, 200), counts("b", 80, 200)])]).toEqual([]);
  expect([...disparateImpact(groups, [counts("b", 80, 200)])]).toEqual([]);
});
