/** Calls the turn runner at an interval, one call after the other. Knows nothing of what it does. */
import type { Logger } from "pino";
import { setTimeout as sleep } from "node:timers/promises";

export interface DriftLoop {
  /** Ends after the call under way. */
  stop(): Promise<void>;
}

export function startDriftLoop(runTurns: () => Promise<number>, everyMs: number, log: Logger): DriftLoop {
  const stopping = new AbortController();

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await runTurns().catch((error: unknown) => log.error({ error: String(error) }, "the drift schedule failed unexpectedly"));
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
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
