/** Workers KV takes one write per key per second. This remembers when each key was last written and says how long to wait. */

const KEY_WRITE_INTERVAL_MS = 1000;

export class WritePace {
  readonly #lastWriteAtMs = new Map<string, number>();

  /** A write of `key` has just ended; when it arrived is not known better than that. */
  written(key: string, nowMs: number): void {
    this.#lastWriteAtMs.set(key, nowMs);
  }

  waitMs(key: string, nowMs: number): number {
    const last = this.#lastWriteAtMs.get(key);
    return last === undefined ? 0 : Math.max(0, last + KEY_WRITE_INTERVAL_MS - nowMs);
  }
}
