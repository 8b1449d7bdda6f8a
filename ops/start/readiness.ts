/** Waits until a part answers over HTTP, or has ended instead. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ProcessGroup } from "./process-group.ts";

const POLL_INTERVAL_MS = 100;
const ATTEMPT_TIMEOUT_MS = 5000;

export type ReadinessFailure =
  { reason: "ended"; how: string } | { reason: "timed_out"; afterMs: number } | { reason: "interrupted" };

export interface Readiness {
  url: string;
  group: ProcessGroup;
  isReady: (response: Response) => boolean;
  timeoutMs: number;
  interruption: AbortSignal;
}

export async function waitUntilReady({
  url,
  group,
  isReady,
  timeoutMs,
  interruption,
}: Readiness): Promise<Result<void, ReadinessFailure>> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (interruption.aborted) return fail({ reason: "interrupted" });
    if (group.hasEnded()) return fail({ reason: "ended", how: await group.ended });
    const response = await fetch(url, { signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response && isReady(response)) return succeed(undefined);
    await sleep(POLL_INTERVAL_MS);
  }
  return fail({ reason: "timed_out", afterMs: timeoutMs });
}
