/** Tells waiters that something changed. A notification that comes while nobody waits is kept for the next wait. */
export class Signal {
  #isSet = false;
  #notified = Promise.withResolvers<void>();

  notify(): void {
    this.#isSet = true;
    this.#notified.resolve();
    this.#notified = Promise.withResolvers();
  }

  /** Settles at the next notification. */
  next(): Promise<void> {
    return this.#notified.promise;
  }

  /** Settles at once when there was a notification since the last wait, else at the next one or after `ms`. For one waiter. */
  async wait(ms: number): Promise<void> {
    if (!this.#isSet) {
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(() => timeout.resolve(), ms);
      await Promise.race([this.next(), timeout.promise]);
      clearTimeout(timer);
    }
    this.#isSet = false;
  }
}
