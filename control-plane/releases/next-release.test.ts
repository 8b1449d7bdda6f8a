import { describe, expect, it } from "vitest";
import type { Release, ReleaseTarget } from "../../contract/release.ts";
import { nextRelease } from "./next-release.ts";

const sha256 = "a".repeat(64);
const target = (version: string): ReleaseTarget => ({
  version,
  artifact: { key: `models/m/${sha256}.onnx`, sha256, bytes: 1 },
  manifest: { key: `models/m/${sha256}.json`, sha256 },
});
const now = new Date("2026-11-23T10:00:00Z");
const current: Release = {
  schema: 1,
  model: "m",
  generation: 7,
  issuedAt: "2026-11-22T10:00:00.000Z",
  stable: target("v1"),
  canary: { ...target("v2"), percent: 5, rollout: 1 },
  shadow: { ...target("v3"), tolerance: { absolute: 0, relative: 0.1 } },
  signature: "",
};

describe("nextRelease", () => {
  it("begins at generation 1", () => {
    expect(nextRelease(undefined, { act: "promote", model: "m", target: target("v1"), now })).toEqual({
      schema: 1,
      model: "m",
      generation: 1,
      issuedAt: "2026-11-23T10:00:00.000Z",
      stable: target("v1"),
      canary: null,
      shadow: null,
    });
  });

  it("is one generation higher for a promotion and for a rollback", () => {
    for (const act of ["promote", "rollback"] as const) {
      expect(nextRelease(current, { act, model: "m", target: target("v2"), now })).toMatchObject({ generation: 8, canary: null });
    }
  });

  it("keeps the shadow over a promotion, unless it is what was promoted", () => {
    expect(nextRelease(current, { act: "promote", model: "m", target: target("v2"), now }).shadow).toEqual(current.shadow);
    expect(nextRelease(current, { act: "promote", model: "m", target: target("v3"), now }).shadow).toBeNull();
  });

  it("drops the shadow with a rollback", () => {
    expect(nextRelease(current, { act: "rollback", model: "m", target: target("v0"), now }).shadow).toBeNull();
  });
});
