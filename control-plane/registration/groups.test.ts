/** Groups of a version from registration into the manifest that is published. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";

let plane: TestControlPlane;

beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.close());

const groups = { names: ["north", "south"], privileged: "north", favourable: { atMost: 35 } };

it("are in the manifest as they were registered", async () => {
  expect((await plane.register("m", "with groups", { groups })).status).toBe(201);
  expect((await plane.call("GET", "/api/models/m/versions/v1/manifest")).body).toMatchObject({ groups });
});

it.each([
  ["one group", { ...groups, names: ["north"] }],
  ["a group twice", { ...groups, names: ["north", "north"] }],
  ["a privileged one that is none of them", { ...groups, privileged: "east" }],
  ["the name of having none", { ...groups, names: ["north", "none"] }],
  ["17 groups", { ...groups, names: ["north", ...Array.from({ length: 16 }, (_, at) => `g${at}`)] }],
  ["a class that is favourable, of a model that predicts a number", { ...groups, favourable: { class: "yes" } }],
])("are refused with %s, and nothing is registered", async (what, wrong) => {
  const { status, body } = await plane.register("refused", what, { groups: wrong });
  expect([status, body]).toMatchObject([400, { code: "body_invalid" }]);
  expect((await plane.call("GET", "/api/models/refused")).status).toBe(404);
});
