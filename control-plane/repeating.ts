/** Does something at an interval, one time after the other, until it is told to stop. Knows nothing of what it does. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Repeating {
  /** Ends after the turn under way. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  everyMs: number;
  /** The first turn comes after `everyMs`; otherwise at once. */
  isFirstDelayed?: boolean;
  /** A turn that rejects ends nothing: the next one comes when it is due. */
  onFailure: (error: unknown) => void;
}

export function repeat(turn: () => Promise<unknown>, { everyMs, isFirstDelayed = false, onFailure }: RepeatOptions): Repeating {
  const stopping = new AbortController();
  const pause = (): Promise<unknown> => sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);

  async function loop(): Promise<void> {
    if (isFirstDelayed) await pause();
    while (!stopping.signal.aborted) {
      await turn().catch(onFailure);
      await pause();
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
