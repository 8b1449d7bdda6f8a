import { describe, expect, it } from "vitest";
import type { CanaryTarget, Cohort } from "../../contract/release.ts";
import { canarySplit, isOnCanary, type Caller } from "./split.ts";

const CALLERS = 20_000;
const sha256 = "0".repeat(64);

function canary(percent: number, rollout = 1, cohort?: Cohort): CanaryTarget {
  const target = { version: "v2", artifact: { key: "a", sha256, bytes: 1 }, manifest: { key: "m", sha256 } };
  return { ...target, percent, rollout, ...(cohort && { cohort }) };
}

const caller = (key: string | undefined, more: Partial<Caller> = {}): Caller => ({
  key,
  country: undefined,
  region: undefined,
  ...more,
});

/** Numbers of the callers that a split puts on the canary. */
function chosen(target: CanaryTarget, model = "m"): Set<number> {
  const split = canarySplit(model, target);
  return new Set(
    Array.from({ length: CALLERS }, (_, at) => at).filter((at) => isOnCanary(split, caller(`10.0.${at >> 8}.${at}`))),
  );
}

/** Four standard deviations of a binomial count: one false alarm in 16,000. */
const within = (count: number, trials: number, share: number): boolean =>
  Math.abs(count - trials * share) <= 4 * Math.sqrt(trials * share * (1 - share));

describe("a split", () => {
  it.each([1, 10, 50])("takes %i %% of the callers", (percent) => {
    expect(within(chosen(canary(percent)).size, CALLERS, percent / 100)).toBe(true);
  });

  it("takes nobody at 0 % and everybody at 100 %", () => {
    expect(chosen(canary(0)).size).toBe(0);
    expect(chosen(canary(100)).size).toBe(CALLERS);
  });

  it("never takes a caller off the canary as the percentage grows", () => {
    const steps = [1, 5, 10, 50, 99.5, 100].map((percent) => chosen(canary(percent)));
    for (const [at, step] of steps.entries()) for (const one of steps[at - 1] ?? []) expect(step.has(one)).toBe(true);
  });

  it("takes other callers in another rollout and for another model", () => {
    const first = chosen(canary(10));
    for (const other of [chosen(canary(10, 2)), chosen(canary(10), "n")]) {
      const both = [...first].filter((one) => other.has(one)).length;
      expect(within(both, first.size, 0.1)).toBe(true);
    }
  });

  it("leaves a caller without a key on stable, at any percentage", () => {
    expect(isOnCanary(canarySplit("m", canary(100)), caller(undefined))).toBe(false);
  });
});

describe("a cohort", () => {
  const split = canarySplit("m", canary(100, 1, { countries: ["DE", "AT"], regions: ["US-TX"] }));

  it.each([
    [{ country: "DE" }, true],
    [{ country: "AT", region: "AT-9" }, true],
    [{ country: "US", region: "US-TX" }, true],
    [{ country: "US", region: "US-CA" }, false],
    [{ country: "FR" }, false],
    [{}, false],
  ])("has a caller from %j: %s", (from, isIn) => {
    expect(isOnCanary(split, caller("10.0.0.1", from))).toBe(isIn);
  });
});
