/**
 * What becomes of a rollout's step, given what it has shown: hold, next, pause for a person, or abort. Pure; `now` is an argument, and a clock that jumps
 * can only make it hold or pause. A failure aborts at any moment, also while it is paused: the canary answers then too.
 */
import type { Finding, RolloutStep } from "../api/rollout-schemas.ts";

export interface StepView {
  step: RolloutStep;
  isPaused: boolean;
  /** When the step, or its going on after a pause, was decided. */
  startedAtMs: number;
  /** When the edge's storage had the step's release; undefined until then, and the step's time does not run. */
  publishedAtMs: number | undefined;
}

export type StepDecision =
  | { act: "hold"; why: "paused" | "not_published" | "duration" | "evidence" }
  | { act: "next" }
  | { act: "pause"; why: string }
  | { act: "abort"; why: string };

/** A step that cannot be judged after so many times its duration is a person's to decide. */
export const PATIENCE = 3;

export function decideStep(
  { step, isPaused, startedAtMs, publishedAtMs }: StepView,
  findings: readonly Finding[],
  nowMs: number,
): StepDecision {
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  if (failed.length > 0) return { act: "abort", why: sentences(failed) };
  if (isPaused) return { act: "hold", why: "paused" };
  if (publishedAtMs === undefined) return { act: "hold", why: "not_published" };
  const elapsedMs = nowMs - Math.max(startedAtMs, publishedAtMs);
  if (!(elapsedMs >= step.durationMs)) return { act: "hold", why: "duration" };
  const open = findings.filter(({ outcome }) => outcome !== "pass");
  if (findings.length > 0 && open.length === 0) return { act: "next" };
  if (!(elapsedMs >= step.durationMs * PATIENCE)) return { act: "hold", why: "evidence" };
  return { act: "pause", why: sentences(open) || "there is no evidence" };
}

const sentences = (findings: readonly Finding[]): string => findings.map(({ metric, text }) => `${metric}: ${text}`).join("; ");
