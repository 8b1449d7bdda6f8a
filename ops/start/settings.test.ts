import { expect, it } from "vitest";
import { readSettings } from "./settings.ts";

it("has the usual ports and a state directory in the checkout", () => {
  expect(readSettings({}, "/checkout")).toEqual({
    ok: true,
    value: { edgePort: 8787, controlPlanePort: 8080, stateDirectory: "/checkout/.edgewise" },
  });
});

it("takes others from the environment", () => {
  expect(readSettings({ EDGE_PORT: "1", PORT: "65535", EDGEWISE_DIRECTORY: "/state" }, "/checkout")).toEqual({
    ok: true,
    value: { edgePort: 1, controlPlanePort: 65_535, stateDirectory: "/state" },
  });
});

it.each([
  [{ PORT: "web" }, /^PORT is "web"/],
  [{ EDGE_PORT: "0" }, /^EDGE_PORT is "0"/],
  [{ EDGE_PORT: "65536" }, /^EDGE_PORT/],
  [{ PORT: "80.5" }, /^PORT/],
  [{ PORT: "9000", EDGE_PORT: "9000" }, /both 9000/],
])("refuses %j by name", (environment, sentence) => {
  expect(readSettings(environment, "/checkout")).toEqual({ ok: false, failure: expect.stringMatching(sentence) });
});
