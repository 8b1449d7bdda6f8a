import { expect, it } from "vitest";
import type { ManifestGroups } from "../../contract/manifest.ts";
import { rowGroups } from "./row-groups.ts";

const groups: ManifestGroups = { names: ["north", "south"], privileged: "north", favourable: { atMost: 35 } };

it.each([
  ["none given", undefined, groups, { ok: true, value: undefined }],
  ["none given and none known", undefined, undefined, { ok: true, value: undefined }],
  ["a name and a row without", ["south", null], groups, { ok: true, value: [1, undefined] }],
])("takes %s", (_, given, known, expected) => {
  expect(rowGroups(given, known, 2)).toEqual(expected);
});

it.each([
  [
    "a group that the version does not name, and says which row",
    ["north", "east"],
    groups,
    { reason: "group_unknown", row: 1, known: groups.names },
  ],
  ["a name that every object has", ["north", "toString"], groups, { reason: "group_unknown" }],
  ["a number", [0, 1], groups, { reason: "group_unknown", row: 0 }],
  ["too few", ["north"], groups, { reason: "body_invalid" }],
  ["one for all", "north", groups, { reason: "body_invalid" }],
  ["any, where the version has none", ["north", "south"], undefined, { reason: "body_invalid" }],
])("refuses %s", (_, given, known, failure) => {
  expect(rowGroups(given, known, 2)).toMatchObject({ ok: false, failure });
});
