/**
 * Drives a staged candidate at the edge as a caller does, one real row a request, and measures until the answer has been read. The clock of a
 * deployed Worker stands still while it computes, so latency can only be measured from here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { exactJsonText } from "../rows/exact-json.ts";
import type { LatencyEvidence } from "./evidence.ts";
import { missing, type Measured } from "./measured.ts";

export interface Drive {
  edgeUrl: string;
  edgeToken: string | undefined;
  model: string;
  version: string;
  /** In /predict's form; each is sent in turn, again and again. */
  rows: readonly unknown[];
  requests: number;
  /** Between two looks for a version that is not there yet. */
  coldPauseMs: number;
  monotonicMs: () => number;
}

/** One at a time: the version's own latency, without a queue that this would make itself. How it bears load, a canary shows. */
const CONCURRENCY = 1;
const TIMEOUT_MS = 30_000;
/** KV may show a version only a while after it was staged. */
const COLD_ATTEMPTS_MAX = 8;

type Answer = { state: "answered" } | { state: "refused"; status: number; code: string } | { state: "silent"; detail: string };

export async function driveCandidate(drive: Drive): Promise<Measured<LatencyEvidence>> {
  const { edgeToken, rows, requests, monotonicMs } = drive;
  if (edgeToken === undefined) return missing({ reason: "edge_token_absent" });
  if (rows.length === 0) throw new Error("a candidate cannot be driven without rows");
  const timed = async (at: number): Promise<{ answer: Answer; ms: number }> => {
    const startMs = monotonicMs();
    const answer = await ask(drive, edgeToken, rows[at % rows.length]);
    return { answer, ms: monotonicMs() - startMs };
  };

  let cold = await timed(0);
  for (let attempt = 1; cold.answer.state === "refused" && attempt < COLD_ATTEMPTS_MAX; attempt++) {
    await sleep(drive.coldPauseMs);
    cold = await timed(0);
  }
  if (cold.answer.state === "silent") return missing({ reason: "edge_unreachable", detail: cold.answer.detail });
  if (cold.answer.state === "refused")
    return missing({ reason: "edge_refused", status: cold.answer.status, code: cold.answer.code });

  const latencies: number[] = [];
  const failures: string[] = [];
  let next = 1;
  async function caller(): Promise<void> {
    while (next <= requests) {
      const { answer, ms } = await timed(next++);
      if (answer.state === "answered") latencies.push(ms);
      else failures.push(answer.state === "refused" ? `${answer.status} ${answer.code}` : answer.detail);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
  if (latencies.length === 0) return missing({ reason: "edge_unreachable", detail: failures[0] ?? "no request was answered" });
  latencies.sort((one, other) => one - other);
  return {
    state: "measured",
    value: {
      requests: latencies.length + failures.length,
      failed: failures.length,
      firstFailure: failures[0] ?? null,
      concurrency: CONCURRENCY,
      coldMs: cold.ms,
      p50Ms: quantile(latencies, 0.5),
      p95Ms: quantile(latencies, 0.95),
      p99Ms: quantile(latencies, 0.99),
      maxMs: latencies.at(-1) as number,
    },
  };
}

/** Nearest rank: a latency that was measured, never one between two. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;

async function ask({ edgeUrl, model, version }: Drive, edgeToken: string, row: unknown): Promise<Answer> {
  try {
    const response = await fetch(`${edgeUrl}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${edgeToken}` },
      body: exactJsonText({ model, version, instances: [row] }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) return { state: "refused", status: response.status, code: codeOf(text) };
    const served = response.headers.get("x-model-version");
    return served === version
      ? { state: "answered" }
      : { state: "refused", status: response.status, code: `answered_by_${served ?? "nobody"}` };
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return { state: "silent", detail: cause?.code === "ECONNREFUSED" ? "connection refused" : (cause?.code ?? message) };
  }
}

function codeOf(text: string): string {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === "string" ? code : "no_code";
  } catch {
    return "not_json";
  }
}
