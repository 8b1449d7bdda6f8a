/** One task after another within this process. It knows nothing of what the tasks do. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all earlier ones have settled, and settles as it does. */
  run<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Settles when everything queued so far has. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
