/** Looks at every rollout under way and every promotion being watched, at an interval. What a look does is analyse-rollout.ts's and watch-bakes.ts's. */
import { setTimeout as sleep } from "node:timers/promises";
import { watchBakes } from "../bake/watch-bakes.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import { analyseRollout, type AnalysisTools } from "./analyse-rollout.ts";
import type { EdgeCounters } from "./rollout-evidence.ts";
import { activeRollouts } from "./rollout-records.ts";

export interface ControllerTools extends AnalysisTools {
  /** Undefined where the edge may not be read (no EDGE_TOKEN): nothing is then advanced or taken back without a person. */
  readEdgeCounts: (() => Promise<EdgeView>) | undefined;
  /** A release was made. */
  wake: () => void;
}

export interface Controller {
  /** Ends after the look under way. */
  stop(): Promise<void>;
}

export function startController({ everyMs, ...tools }: ControllerTools & { everyMs: number }): Controller {
  const stopping = new AbortController();

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await look(tools).catch((error: unknown) => tools.log.warn({ error: String(error) }, "a look at the rollouts failed"));
    }
  }

  const looping = loop();
  return {
    async stop() {
      stopping.abort();
      await looping;
    },
  };
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
