/**
 * What is left to do once answers are on their way: read the clock after a timer's tick, time and log them, send what is due. One tick serves every answer
 * given before it, because a timer per request costs more than all the counting. Nothing here is waited for by a caller.
 */
import type { WaitUntil } from "../release/fleet.ts";

/** A tick that has not come after this long was ended with the request that carried it. */
const TICK_DEAD_MS = 1_000;

export interface AfterAnswersOptions {
  clock: () => number;
  /** Sends what is due; runs once per tick, in the `waitUntil` of the request that carries it. */
  send: () => Promise<void>;
}

export class AfterAnswers {
  readonly #options: AfterAnswersOptions;
  #waiting: ((nowMs: number) => void)[] = [];
  #tickSinceMs = -Infinity;

  constructor(options: AfterAnswersOptions) {
    this.#options = options;
  }

  /** Calls `settle` with the time after the next tick. */
  add(settle: (nowMs: number) => void, answeredMs: number, waitUntil: WaitUntil): void {
    this.#waiting.push(settle);
    if (answeredMs - this.#tickSinceMs < TICK_DEAD_MS) return;
    this.#tickSinceMs = answeredMs;
    waitUntil(this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock, send } = this.#options;
    await pause(0);
    this.#tickSinceMs = -Infinity;
    const waiting = this.#waiting;
    this.#waiting = [];
    const nowMs = clock();
    for (const settle of waiting) settle(nowMs);
    await send();
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
