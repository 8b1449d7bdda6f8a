/** How long to wait before a publication is tried again. Pure. */

const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * Exponential from half a second to 30 s, of which a random half is taken away so that many do not come back at once. Never sooner than
 * the server asked for.
 */
export function backoffMs(attempt: number, random: () => number, retryAfterMs: number | null): number {
  const exponentialMs = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10));
  return Math.max(exponentialMs * (1 - random() / 2), retryAfterMs ?? 0);
}
