/**
 * The truth of predictions that traffic got, sent back some time later: from a column of the file, or made up so that it fits the prediction. Keeps its own sum
 * of squared errors, so that a person can hold `edgewise quality` against it.
 */
import { z } from "zod";
import { FEEDBACK_ITEMS_MAX } from "../../../contract/limits.ts";
import { callJson } from "../http-call.ts";
import { standardNormal, type Random } from "./random.ts";

export interface Answered {
  prediction: unknown;
  receipt: string;
}

export interface TruthOptions {
  edgeUrl: string;
  /** Mean of the time from prediction to truth, which is exponential. */
  delayMs: number;
  /** Standard deviation of prediction less truth where the truth is made up. */
  errorDeviation: number;
  random: Random;
  monotonicMs: () => number;
}

export interface TruthSummary {
  sent: number;
  waiting: number;
  /** Predictions without a receipt, or for which no truth is known or can be made up. */
  withoutTruth: number;
  byOutcome: Record<string, number>;
  /** Of the numbers whose truth was sent; null without any. */
  rmse: number | null;
}

export interface TruthSender {
  /** `actual` undefined: to be made up; null: there is none. */
  add(answered: Answered | undefined, actual: unknown): void;
  /** Sends what is left, due or not. */
  end(): Promise<void>;
  summary(): TruthSummary;
}

const SEND_INTERVAL_MS = 500;

const feedbackAnswer = z.object({ outcomes: z.record(z.string(), z.int()) });

interface Waiting {
  dueMs: number;
  truth: { prediction_id: string; actual: unknown };
}

export function truthSender({ edgeUrl, delayMs, errorDeviation, random, monotonicMs }: TruthOptions): TruthSender {
  let waiting: Waiting[] = [];
  let sending: Promise<void> = Promise.resolve();
  const counts = { sent: 0, withoutTruth: 0, squares: 0, numbers: 0 };
  const byOutcome: Record<string, number> = {};
  const timer = setInterval(() => {
    sending = sending.then(() => sendDue(monotonicMs()));
  }, SEND_INTERVAL_MS);

  async function sendDue(nowMs: number): Promise<void> {
    const due = waiting.filter(({ dueMs }) => dueMs <= nowMs);
    waiting = waiting.filter(({ dueMs }) => dueMs > nowMs);
    for (let at = 0; at < due.length; at += FEEDBACK_ITEMS_MAX) {
      const truths = due.slice(at, at + FEEDBACK_ITEMS_MAX).map(({ truth }) => truth);
      counts.sent += truths.length;
      const answer = await callJson(feedbackAnswer, { peer: "edge", url: `${edgeUrl}/feedback`, method: "POST", json: truths });
      const outcomes = answer.ok ? answer.value.outcomes : { [answer.failure.reason]: truths.length };
      for (const [outcome, count] of Object.entries(outcomes)) byOutcome[outcome] = (byOutcome[outcome] ?? 0) + count;
    }
  }

  return {
    add(answered, given) {
      const actual = given === undefined && answered ? madeUp(answered.prediction, errorDeviation, random) : given;
      if (!answered || actual === undefined || actual === null) return void counts.withoutTruth++;
      if (typeof answered.prediction === "number" && typeof actual === "number") {
        counts.squares += (answered.prediction - actual) ** 2;
        counts.numbers++;
      }
      const dueMs = monotonicMs() - Math.log(1 - random()) * delayMs;
      waiting.push({ dueMs, truth: { prediction_id: answered.receipt, actual } });
    },
    async end() {
      clearInterval(timer);
      await sending;
      await sendDue(Number.POSITIVE_INFINITY);
    },
    summary: () => ({
      sent: counts.sent,
      waiting: waiting.length,
      withoutTruth: counts.withoutTruth,
      byOutcome: { ...byOutcome },
      rmse: counts.numbers > 0 ? Math.sqrt(counts.squares / counts.numbers) : null,
    }),
  };
}

/** A truth that the prediction could have had: a number with a normal error, a class drawn by its probability. */
export function madeUp(prediction: unknown, errorDeviation: number, random: Random): unknown {
  if (typeof prediction === "number") return prediction + errorDeviation * standardNormal(random);
  const probabilities = classProbabilities(prediction);
  if (!probabilities) return undefined;
  let rest = random() * probabilities.reduce((sum, [, probability]) => sum + probability, 0);
  return probabilities.find(([, probability]) => (rest -= probability) < 0)?.[0];
}

/** The prediction itself where it is an object of probabilities by class, or the one part of it that is. */
function classProbabilities(prediction: unknown): [string, number][] | undefined {
  if (typeof prediction !== "object" || prediction === null) return undefined;
  const entries = Object.entries(prediction) as [string, unknown][];
  if (entries.length > 0 && entries.every(([, value]) => typeof value === "number" && value >= 0 && value <= 1)) {
    return entries as [string, number][];
  }
  return entries.map(([, value]) => classProbabilities(value)).find((found) => found !== undefined);
}
