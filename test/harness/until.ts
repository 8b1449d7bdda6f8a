/** Waiting for what other processes do. */
import { setTimeout as sleep } from "node:timers/promises";

/** Waits until a condition holds; one that throws does not hold yet. The test's own time limit ends what never comes. */
export async function until(condition: () => boolean | Promise<boolean>, everyMs = 50): Promise<void> {
  for (;;) {
    const isMet = await Promise.resolve()
      .then(condition)
      .catch(() => false);
    if (isMet) return;
    await sleep(everyMs);
  }
}
