import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

describe("backoffMs", () => {
  it("doubles up to half a minute and takes away at most half", () => {
    const most = [0, 1, 2, 10, 1000].map((attempt) => backoffMs(attempt, () => 0, null));
    const least = [0, 1, 2, 10, 1000].map((attempt) => backoffMs(attempt, () => 1, null));
    expect(most).toEqual([500, 1000, 2000, 30_000, 30_000]);
    expect(least).toEqual(most.map((ms) => ms / 2));
  });

  it("is never sooner than the server asked for", () => {
    expect(backoffMs(0, () => 1, 60_000)).toBe(60_000);
    expect(backoffMs(10, () => 0, 1)).toBe(30_000);
  });
});
