/**
 * The account of one request: what is counted, timed and logged of it, whichever handler answers it. Counting is done before the answer leaves,
 * timing and sending after it, in `waitUntil`, so that neither costs the caller anything.
 */
import type { ErrorCode } from "../../contract/error-codes.ts";
import type { Isolate } from "../isolate.ts";
import type { Picked, WaitUntil } from "../release/fleet.ts";
import { coloLabel, methodLabel } from "./request-labels.ts";

export interface AccountedRoute {
  /** The route's pattern, or `other` for a path that has none. */
  endpoint: string;
  isPrediction: boolean;
}

export class RequestAccount {
  readonly #isolate: Isolate;
  readonly #route: AccountedRoute;
  readonly #request: Request;
  readonly #requestId: string;
  readonly #arrivedMs: number;
  #picked: Picked | undefined;
  #code: ErrorCode | undefined;

  constructor(isolate: Isolate, route: AccountedRoute, request: Request, requestId: string, arrivedMs: number) {
    this.#isolate = isolate;
    this.#route = route;
    this.#request = request;
    this.#requestId = requestId;
    this.#arrivedMs = arrivedMs;
  }

  /** Rows were predicted by a version. */
  predicted(picked: Picked, rows: number): void {
    this.#picked = picked;
    this.#isolate.recorder?.add("predictions_total", { model: picked.model, version: picked.loaded.version }, rows);
  }

  /** The request is answered with an error, which a version may have made. */
  refused(code: ErrorCode, picked: Picked | undefined): void {
    this.#code = code;
    this.#picked = picked;
  }

  /** Counts the answer, and leaves timing, log and flush to a moment after it. */
  answered(status: number, waitUntil: WaitUntil): void {
    const { recorder, requestLog, afterAnswers, clock } = this.#isolate;
    const method = methodLabel(this.#request.method);
    const { endpoint } = this.#route;
    if (recorder) {
      recorder.add("api_requests_total", { endpoint, method });
      recorder.add("http_requests_total", { method, endpoint, status: String(status) });
      if (this.#route.isPrediction) this.#countPrediction();
    }
    if (!recorder && !requestLog.isWanted(status)) return;
    // Read now: after the tick another request may be the one that settles this one, and it may not touch this one's request.
    if (requestLog.isWanted(status)) this.#colo();
    afterAnswers.add((nowMs) => this.#settle(method, status, nowMs), clock(), waitUntil);
  }

  #countPrediction(): void {
    const { recorder } = this.#isolate;
    const picked = this.#picked;
    if (this.#code) recorder?.add("prediction_errors_total", { model: picked?.model ?? "other", reason: this.#code });
    if (!picked) return;
    const { model, generation, loaded } = picked;
    if (this.#code) recorder?.add("version_errors_total", { model, version: loaded.version, reason: this.#code });
    recorder?.add("release_requests_total", {
      model,
      version: loaded.version,
      generation: String(generation),
      colo: this.#colo(),
    });
  }

  /** The clock of a deployed Worker stands still while it computes: only after a timer's tick does it show what went by. */
  #settle(method: string, status: number, nowMs: number): void {
    const { recorder, requestLog } = this.#isolate;
    const { endpoint, isPrediction } = this.#route;
    const seconds = (nowMs - this.#arrivedMs) / 1000;
    if (requestLog.isWanted(status)) this.#log(method, status, seconds);
    if (!recorder) return;
    recorder.observe("http_request_duration_seconds", { method, endpoint }, seconds);
    if (!isPrediction) return;
    recorder.observe("request_latency_seconds", {}, seconds);
    const picked = this.#picked;
    if (picked) recorder.observe("version_latency_seconds", { model: picked.model, version: picked.loaded.version }, seconds);
  }

  #log(method: string, status: number, seconds: number): void {
    const picked = this.#picked;
    this.#isolate.requestLog.write({
      method,
      path: this.#route.endpoint,
      status,
      duration_ms: Math.max(0, Math.round(seconds * 1000)),
      request_id: this.#requestId,
      colo: this.#isolate.colo ?? "other",
      ...(this.#code && { code: this.#code }),
      ...(picked && { model: picked.model, version: picked.loaded.version, generation: picked.generation }),
    });
  }

  /** Read once per isolate, which is in one data centre for as long as it lives. */
  #colo(): string {
    return (this.#isolate.colo ??= coloLabel(this.#request.cf?.colo));
  }
}
