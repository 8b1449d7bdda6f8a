/**
 * Work that follows answers and that no caller waits for: scoring a shadow, estimating errors. It runs in the isolate's idle moments only: it waits a
 * tick, and goes on waiting while new answers come, but for one job now and then so that a busy isolate tells something too. All such work of an
 * isolate is in one queue, so that together it takes a few percent of a busy isolate's time. What is done, and counted, is each job's own.
 */
import { IDLE_QUEUE_BYTES_MAX, IDLE_QUEUE_JOBS_MAX, IDLE_ROWS_MAX } from "../../contract/limits.ts";
import { pause } from "../metrics/after-answers.ts";
import type { WaitUntil } from "../release/fleet.ts";

export interface IdleJob {
  rows: number;
  /** What it holds until it has run. */
  bytes: number;
  /** Synchronous; must not throw. Holds plain data only: a request's own objects may not be touched once it has ended. */
  run: () => void;
}

/** Between two looks while the isolate is busy. */
const BUSY_PAUSE_MS = 5;
/** A busy isolate still works, and then rests for so long for every so many rows: a few percent of its time. */
const REST_MS = 5;
const REST_ROWS = 32;
/** `waitUntil` ends 30 s after its request; the next answer begins another run. */
const RUN_MS_MAX = 20_000;
/** A run that has given no sign for this long was ended with the request that carried it. */
const RUN_DEAD_MS = 5_000;

export class IdleQueue {
  readonly #clock: () => number;
  readonly #send: () => Promise<void>;
  #jobs: IdleJob[] = [];
  #bytes = 0;
  /** Answers since the last look. */
  #arrived = 0;
  #signMs = -Infinity;

  /** `send` sends what is due of the recorder's counts: after the last answer of a burst nobody else would send what was counted since. */
  constructor(clock: () => number, send: () => Promise<void>) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Takes a job to be run later, or says why it does not. */
  add(job: IdleJob, waitUntil: WaitUntil): "taken" | "behind" | "too_large" {
    this.#arrived++;
    if (job.rows > IDLE_ROWS_MAX || job.bytes > IDLE_QUEUE_BYTES_MAX) return "too_large";
    const isFull = this.#jobs.length >= IDLE_QUEUE_JOBS_MAX || this.#bytes + job.bytes > IDLE_QUEUE_BYTES_MAX;
    if (!isFull) {
      this.#jobs.push(job);
      this.#bytes += job.bytes;
    }
    const nowMs = this.#clock();
    if (nowMs - this.#signMs >= RUN_DEAD_MS) {
      this.#signMs = nowMs;
      waitUntil(this.#run(nowMs));
    }
    return isFull ? "behind" : "taken";
  }

  async #run(startedMs: number): Promise<void> {
    let restUntilMs = startedMs;
    let nowMs = startedMs;
    try {
      while (this.#jobs.length > 0 && nowMs - startedMs < RUN_MS_MAX) {
        const isBusy = this.#arrived > 0;
        this.#arrived = 0;
        await pause(isBusy ? BUSY_PAUSE_MS : 0);
        nowMs = this.#clock();
        this.#signMs = nowMs;
        if (this.#arrived > 0 && nowMs < restUntilMs) continue;
        const job = this.#jobs.shift();
        if (job === undefined) break;
        this.#bytes -= job.bytes;
        restUntilMs = nowMs + REST_MS * Math.ceil(job.rows / REST_ROWS);
        job.run();
      }
    } finally {
      this.#signMs = -Infinity;
    }
    await this.#send();
  }
}
