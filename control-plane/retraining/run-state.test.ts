import { describe, expect, it } from "vitest";
import { isActive, isOver, moveRun, RUN_STATES, RUN_STEPS, type RunMove, type RunState } from "./run-state.ts";

const MOVES = ["accept", "dismiss", "advance", "reject", "fail", "cancel"] as const satisfies RunMove[];

/** Every legal move, as people are told in docs/retraining-plan.md; all others are illegal. */
const LEGAL: Record<string, RunState> = {
  "suggested accept": "queued",
  "suggested dismiss": "dismissed",
  "queued advance": "fetching",
  "fetching advance": "preprocessing",
  "preprocessing advance": "training",
  "training advance": "evaluating",
  "evaluating advance": "comparing",
  "comparing advance": "registering",
  "comparing reject": "rejected",
  "registering advance": "done",
  ...Object.fromEntries(
    ["queued", ...RUN_STEPS].flatMap((state) => [
      [`${state} fail`, "failed"],
      [`${state} cancel`, "cancelled"],
    ]),
  ),
};

describe("moveRun", () => {
  it.each(RUN_STATES.flatMap((from) => MOVES.map((move) => [from, move] as const)))("%s, %s", (from, move) => {
    const to = LEGAL[`${from} ${move}`];
    expect(moveRun(from, move)).toEqual(to === undefined ? { ok: false, failure: { from, move } } : { ok: true, value: to });
  });

  it("leaves no way out of a run that is over", () => {
    const over = RUN_STATES.filter(isOver);
    expect(over).toEqual(["done", "rejected", "failed", "cancelled", "dismissed"]);
    expect(over.flatMap((from) => MOVES.map((move) => moveRun(from, move).ok))).not.toContain(true);
    expect(over.some(isActive)).toBe(false);
  });
});
