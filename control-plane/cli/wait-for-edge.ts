/** Waits until the edge serves a generation, by asking it again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure } from "./failure.ts";

const POLL_INTERVAL_MS = 200;
const WAIT_MS_MAX = 30_000;

export interface EdgeWait {
  model: string;
  generation: number;
  /** The generation served now; null for none. */
  served: () => Promise<Result<number | null, CliFailure>>;
  monotonicMs: () => number;
  waitMsMax?: number;
}

/** Milliseconds until a generation of at least the wanted one answered; a failure when it did not within the time. */
export async function waitForEdge(wait: EdgeWait): Promise<Result<number, CliFailure>> {
  const { model, generation, served, monotonicMs, waitMsMax = WAIT_MS_MAX } = wait;
  const startMs = monotonicMs();
  for (;;) {
    const answer = await served();
    if (!answer.ok) return answer;
    const waitedMs = monotonicMs() - startMs;
    if (answer.value !== null && answer.value >= generation) return succeed(waitedMs);
    if (waitedMs >= waitMsMax) {
      return fail({
        reason: "edge_behind",
        model,
        wanted: generation,
        served: answer.value,
        waitedSeconds: Math.round(waitedMs / 1000),
      });
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
