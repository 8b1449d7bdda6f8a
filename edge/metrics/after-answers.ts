/**
 * What is left to do once answers are on their way: read the clock when it has moved, time and log them, send what is due. The clock moves with a timer's tick or the
 * next request, whichever comes first; ticks are at least 2 ms apart, because a timer per request costs more than all the counting. So a latency
 * read here is never too short, and too long by 2 ms at most. Nothing here is waited for by a caller.
 */
import type { WaitUntil } from "../release/fleet.ts";

/** A tick that has not come after this long was ended with the request that carried it. */
const TICK_DEAD_MS = 1_000;
const TICK_INTERVAL_MS = 2;

export interface AfterAnswersOptions {
  clock: () => number;
  /** Sends what is due; runs once per tick, in the `waitUntil` of the request that carries it. */
  send: () => Promise<void>;
}

export class AfterAnswers {
  readonly #options: AfterAnswersOptions;
  #waiting: ((nowMs: number) => void)[] = [];
  #tickSinceMs = -Infinity;
  #tickedMs = -Infinity;

  constructor(options: AfterAnswersOptions) {
    this.#options = options;
  }

  /** A request has come in, and the clock has moved with it: the answers before it are settled. */
  arrived(nowMs: number): void {
    if (this.#waiting.length > 0) this.#settle(nowMs);
  }

  /** Calls `settle` with the time after the next tick or arrival. */
  add(settle: (nowMs: number) => void, answeredMs: number, waitUntil: WaitUntil): void {
    this.#waiting.push(settle);
    if (answeredMs - this.#tickSinceMs < TICK_DEAD_MS) return;
    this.#tickSinceMs = answeredMs;
    const waitMs = this.#tickedMs + TICK_INTERVAL_MS - answeredMs;
    // A clock that was set back must not keep anything waiting.
    waitUntil(this.#tick(Math.min(TICK_INTERVAL_MS, Math.max(0, waitMs))));
  }

  async #tick(waitMs: number): Promise<void> {
    const { clock, send } = this.#options;
    await pause(waitMs);
    this.#tickSinceMs = -Infinity;
    this.#tickedMs = clock();
    this.#settle(this.#tickedMs);
    await send();
  }

  #settle(nowMs: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const settle of waiting) settle(nowMs);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
