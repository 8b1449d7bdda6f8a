/** Looks at every rollout under way and every promotion being watched, at an interval. What a look does is analyse-rollout.ts's and watch-bakes.ts's. */
import { watchBakes } from "../bake/watch-bakes.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import { repeat, type Repeating } from "../repeating.ts";
import { analyseRollout, type AnalysisTools } from "./analyse-rollout.ts";
import type { EdgeCounters } from "./rollout-evidence.ts";
import { activeRollouts } from "./rollout-records.ts";

export interface ControllerTools extends AnalysisTools {
  /** Undefined where the edge may not be read (no EDGE_TOKEN): nothing is then advanced or taken back without a person. */
  readEdgeCounts: (() => Promise<EdgeView>) | undefined;
  /** A release was made. */
  wake: () => void;
}

export function startController({ everyMs, ...tools }: ControllerTools & { everyMs: number }): Repeating {
  return repeat(() => look(tools), {
    everyMs,
    isFirstDelayed: true,
    onFailure: (error) => tools.log.warn({ error: String(error) }, "a look at the rollouts failed"),
  });
}

/** One look at all of them. */
export async function look(tools: ControllerTools): Promise<void> {
  const counters = await readCounters(tools.readEdgeCounts);
  for (const row of await tools.registry.read(activeRollouts)) if (await analyseRollout(tools, counters, row)) tools.wake();
  if (await watchBakes(tools, counters)) tools.wake();
}

/** Only what the edge says now: counts that are carried forward from before are no evidence of what happens. */
export async function readCounters(readEdgeCounts: (() => Promise<EdgeView>) | undefined): Promise<EdgeCounters> {
  const view = await readEdgeCounts?.();
  return view?.look.state === "answered" && view.totals.state === "complete" ? view.totals.counters : undefined;
}
