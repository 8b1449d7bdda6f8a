import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STAGES, type Stage } from "../api/schemas.ts";
import { checkMove, productionLine, rollbackTarget, type ProductionEntry } from "./stages.ts";

const promote = (number: number): ProductionEntry => ({ number, act: "promote" });
const rollback = (number: number): ProductionEntry => ({ number, act: "rollback" });

describe("checkMove", () => {
  const legal = new Set([
    "development staging",
    "development archived",
    "staging production",
    "staging development",
    "staging archived",
    "archived staging",
    "archived production",
  ]);
  const pairs = STAGES.flatMap((from) => STAGES.map((to): [Stage, Stage] => [from, to]));

  it.each(pairs)("decides %s → %s as the table says", (from, to) => {
    expect(checkMove(from, to).ok).toBe(legal.has(`${from} ${to}`));
  });

  it("names the moves that would be legal", () => {
    expect(checkMove("development", "production")).toEqual({
      ok: false,
      failure: { from: "development", to: "production", allowed: ["staging", "archived"] },
    });
  });

  it("has no way out of production", () => {
    for (const to of STAGES) expect(checkMove("production", to).ok).toBe(false);
  });
});

describe("rollbackTarget", () => {
  it("is the version before the current one", () => {
    expect(rollbackTarget([promote(1), promote(2)], undefined)).toEqual({ ok: true, value: 1 });
  });

  it("walks back when repeated and does not return to what was rolled back from", () => {
    const entries = [promote(1), promote(2), promote(3)];
    expect(rollbackTarget(entries, undefined)).toEqual({ ok: true, value: 2 });
    expect(rollbackTarget([...entries, rollback(2)], undefined)).toEqual({ ok: true, value: 1 });
    expect(rollbackTarget([...entries, rollback(2), rollback(1)], undefined)).toEqual({
      ok: false,
      failure: "no_earlier_production",
    });
  });

  it("starts a new line from a promotion after a rollback", () => {
    expect(productionLine([promote(1), promote(2), rollback(1), promote(4)])).toEqual([1, 4]);
  });

  it("takes back a rollback when told which version to go to", () => {
    const entries = [promote(1), promote(2), rollback(1)];
    expect(rollbackTarget(entries, 2)).toEqual({ ok: true, value: 2 });
    expect(productionLine([...entries, rollback(2)])).toEqual([1, 2]);
  });

  it("keeps a version that was promoted twice apart from its first time", () => {
    const entries = [promote(1), promote(2), promote(1)];
    expect(rollbackTarget(entries, undefined)).toEqual({ ok: true, value: 2 });
    expect(rollbackTarget([...entries, rollback(2)], undefined)).toEqual({ ok: true, value: 1 });
  });

  it.each([
    [[], undefined, "never_released"],
    [[promote(1)], undefined, "no_earlier_production"],
    [[promote(1), promote(2)], 2, "is_production"],
    [[promote(1), promote(2)], 3, "was_never_production"],
  ] as const)("refuses %j to %s: %s", (entries, to, failure) => {
    expect(rollbackTarget(entries, to)).toEqual({ ok: false, failure });
  });

  it("ends after any history, having named each version of the line once, from the top", () => {
    const act = fc.record({ number: fc.integer({ min: 1, max: 5 }), isRollback: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const entries: ProductionEntry[] = [];
        for (const { number, isRollback } of acts) {
          if (!isRollback) entries.push(promote(number));
          else if (rollbackTarget(entries, number).ok) entries.push(rollback(number));
        }
        const expected = productionLine(entries);
        const walked: number[] = expected.slice(-1);
        for (;;) {
          const target = rollbackTarget(entries, undefined);
          if (!target.ok) break;
          entries.push(rollback(target.value));
          walked.unshift(target.value);
        }
        expect(walked).toEqual(expected);
      }),
      { seed: 2026, numRuns: 500 },
    );
  });
});
