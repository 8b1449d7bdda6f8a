/** One /predict call for one batch, tried again while the edge is busy or out of reach. Answers with one JSON text per row. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";
import { refusalOf, send, type HttpCall } from "../http-call.ts";
import { exactJsonText, parseExactJson } from "../../rows/exact-json.ts";

const ATTEMPTS_MAX = 8;
const BACKOFF_MS_FIRST = 250;
const WAIT_MS_MAX = 60_000;
const REQUEST_TIMEOUT_MS = 120_000;

export interface PredictTarget {
  edgeUrl: string;
  model: string;
  version?: string | undefined;
  token?: string | undefined;
  signal: AbortSignal;
  onRetry: () => void;
}

export interface BatchPredictions {
  version: string;
  predictionTexts: string[];
}

const answer = z.object({ version: z.string(), predictions: z.array(z.unknown()) });

/** Safe to repeat: a prediction changes nothing at the edge. */
export async function requestPredictions(
  instances: readonly unknown[],
  target: PredictTarget,
): Promise<Result<BatchPredictions, CliFailure>> {
  const { edgeUrl, model, version, token, signal, onRetry } = target;
  const bodyText = exactJsonText({ model, ...(version === undefined ? {} : { version }), instances, prediction_ids: false });
  const call: HttpCall = {
    peer: "edge",
    url: `${edgeUrl}/predict`,
    method: "POST",
    token,
    signal,
    jsonText: bodyText,
    timeoutMs: REQUEST_TIMEOUT_MS,
  };
  for (let attempt = 1; ; attempt++) {
    const sent = await send(call);
    if (sent.ok && sent.value.ok) return readAnswer(sent.value, call, instances.length);
    const isWorthRepeating = sent.ok
      ? sent.value.status === 429 || sent.value.status === 503
      : sent.failure.reason === "unreachable";
    if (!isWorthRepeating || attempt === ATTEMPTS_MAX) return sent.ok ? fail(await refusalOf(sent.value, call)) : sent;
    const retryAfter = sent.ok ? sent.value.headers.get("retry-after") : null;
    if (sent.ok) await sent.value.body?.cancel();
    onRetry();
    try {
      await sleep(retryDelayMs(retryAfter, attempt, Date.now()), undefined, { signal });
    } catch {
      return fail({ reason: "interrupted" });
    }
  }
}

/** What Retry-After asks for (seconds or an HTTP date), else a doubling wait; never more than a minute. */
export function retryDelayMs(retryAfter: string | null, attempt: number, nowMs: number): number {
  const backoffMs = BACKOFF_MS_FIRST * 2 ** (attempt - 1);
  const text = retryAfter?.trim() ?? "";
  const askedMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Math.min(WAIT_MS_MAX, askedMs >= 0 ? askedMs : backoffMs);
}

async function readAnswer(response: Response, call: HttpCall, rows: number): Promise<Result<BatchPredictions, CliFailure>> {
  const unreadable = (detail: string): { ok: false; failure: CliFailure } =>
    fail({ reason: "answer_unreadable", peer: "edge", url: call.url, status: response.status, detail });
  let json: unknown;
  try {
    json = parseExactJson(await response.text());
  } catch (error) {
    return call.signal?.aborted ? fail({ reason: "interrupted" }) : unreadable((error as Error).message);
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) return unreadable(z.prettifyError(parsed.error));
  const { version, predictions } = parsed.data;
  // Written beside the wrong rows, a short answer would be worse than none.
  if (predictions.length !== rows) return unreadable(`${predictions.length} predictions for ${rows} rows`);
  return succeed({ version, predictionTexts: predictions.map(exactJsonText) });
}
