import { describe, expect, it } from "vitest";
import { formatStep, parseSteps } from "./rollout-steps.ts";

describe("steps on a command line", () => {
  it("are percent, least duration and least requests; a last 100 % is what follows anyway", () => {
    const steps = [
      { percent: 1, durationMs: 600_000, requestsMin: 1000 },
      { percent: 12.5, durationMs: 5_400_000, requestsMin: 20_000 },
    ];
    expect(parseSteps("1%@10m/1000, 12.5%@1.5h/20000")).toEqual(steps);
    expect(parseSteps("1%@10m/1000,12.5%@1.5h/20000,100%")).toEqual(steps);
    expect(steps.map(formatStep)).toEqual(["1 % for 10m and 1000 requests", "12.5 % for 90m and 20000 requests"]);
  });

  it.each(["", "10%", "100%", "10@10m/5", "10%@10m", "10%@/5", "10%@10x/5", "10%@10m/5,,20%@10m/5"])("are not %j", (text) => {
    expect(() => parseSteps(text)).toThrow(/e\.g\./);
  });
});
