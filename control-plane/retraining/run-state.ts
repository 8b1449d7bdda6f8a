/**
 * The states of a retraining run and their legal moves. Pure: which move happens when is decided by the runner (runner.ts) and by people
 * (the retrain routes).
 *
 *   suggested ─accept▶ queued ─start▶ fetching ▶ preprocessing ▶ training ▶ evaluating ▶ comparing ─▶ registering ▶ done
 *       └─dismiss▶ dismissed     └──────────── fail ▶ failed, cancel ▶ cancelled ────────┘    └─ reject ▶ rejected
 */
import { fail, succeed, type Result } from "../../contract/result.ts";

/** The steps, in order; while a run is in one, that is its state. */
export const RUN_STEPS = ["fetching", "preprocessing", "training", "evaluating", "comparing", "registering"] as const;
export const RUN_STATES = ["suggested", "queued", ...RUN_STEPS, "done", "rejected", "failed", "cancelled", "dismissed"] as const;

export type RunStep = (typeof RUN_STEPS)[number];
export type RunState = (typeof RUN_STATES)[number];
export type RunMove = "accept" | "dismiss" | "advance" | "reject" | "fail" | "cancel";

export interface IllegalRunMove {
  from: RunState;
  move: RunMove;
}

export const isStep = (state: RunState): state is RunStep => (RUN_STEPS as readonly RunState[]).includes(state);

/** A model has one such run at most. */
export const ACTIVE_STATES = ["queued", ...RUN_STEPS] as const satisfies readonly RunState[];
export const isActive = (state: RunState): boolean => (ACTIVE_STATES as readonly RunState[]).includes(state);

/** Nothing happens to it any more. */
export const isOver = (state: RunState): boolean => !isActive(state) && state !== "suggested";

/** The state after a move, or that the move is not legal from here. */
export function moveRun(from: RunState, move: RunMove): Result<RunState, IllegalRunMove> {
  const to = target(from, move);
  return to === undefined ? fail({ from, move }) : succeed(to);
}

function target(from: RunState, move: RunMove): RunState | undefined {
  switch (move) {
    case "accept":
      return from === "suggested" ? "queued" : undefined;
    case "dismiss":
      return from === "suggested" ? "dismissed" : undefined;
    case "advance":
      return nextState(from);
    case "reject":
      // Before registration only: what is registered is a version, which people judge.
      return from === "comparing" ? "rejected" : undefined;
    case "fail":
      return isActive(from) ? "failed" : undefined;
    case "cancel":
      return isActive(from) ? "cancelled" : undefined;
  }
}

function nextState(from: RunState): RunState | undefined {
  if (from === "queued") return RUN_STEPS[0];
  if (!isStep(from)) return undefined;
  return RUN_STEPS[RUN_STEPS.indexOf(from) + 1] ?? "done";
}
