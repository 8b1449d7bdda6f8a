/**
 * Asks the edge for its metrics when somebody asks us: the scraper's interval drives it. Looks at the same time share one, and one serves for
 * about a second. Never throws; what came is only read, not added up (carry-forward.ts).
 */
import { edgeMetricsAnswer, type ShardReading } from "../../contract/metric-flush.ts";

export type EdgeSilence = "token_not_set" | "unreachable" | "timeout" | "refused" | "unreadable";

export type EdgeLook = { atMs: number; durationMs: number } & (
  { state: "answered"; readings: ShardReading[] } | { state: "silent"; reason: EdgeSilence; detail: string }
);

export interface EdgeScrapeOptions {
  edgeUrl: string;
  edgeToken: string | undefined;
  now: () => Date;
  timeoutMs?: number;
  cacheMs?: number;
}

/**
 * Less than Prometheus's timeout of 4 s, with time for the rest of /metrics: an edge that takes connections and does not answer must leave an answer of
 * ours, or Prometheus would say that the control plane is down. More than a shard is waited for at the edge.
 */
export const EDGE_ANSWER_MS_MAX = 3_500;
const CACHE_MS = 1_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** A function that looks at the edge, or answers with a look that is fresh enough. */
export function edgeScrape(options: EdgeScrapeOptions): () => Promise<EdgeLook> {
  const { now, cacheMs = CACHE_MS } = options;
  let pending: Promise<EdgeLook> | undefined;
  let last: EdgeLook | undefined;
  return async function lookAtEdge() {
    if (pending) return pending;
    const ageMs = last ? now().getTime() - last.atMs : Infinity;
    if (last && ageMs >= 0 && ageMs < cacheMs) return last;
    pending = look(options).finally(() => (pending = undefined));
    last = await pending;
    return last;
  };
}

async function look({ edgeUrl, edgeToken, now, timeoutMs = EDGE_ANSWER_MS_MAX }: EdgeScrapeOptions): Promise<EdgeLook> {
  const startedMs = now().getTime();
  const ended = () => ({ atMs: now().getTime(), durationMs: Math.max(0, now().getTime() - startedMs) });
  const silent = (reason: EdgeSilence, detail: string): EdgeLook => ({ ...ended(), state: "silent", reason, detail });
  if (edgeToken === undefined) return silent("token_not_set", "EDGE_TOKEN is not set");
  try {
    const response = await fetch(`${edgeUrl}/internal/metrics`, {
      headers: { authorization: `Bearer ${edgeToken}` },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(response);
    if (!response.ok) return silent("refused", `the edge answered ${response.status}`);
    if (text === undefined) return silent("unreadable", `the answer is over ${ANSWER_BYTES_MAX} bytes`);
    const answer = edgeMetricsAnswer.safeParse(JSON.parse(text));
    if (!answer.success)
      return silent("unreadable", `the answer is not of a known schema: ${answer.error.issues[0]?.path.join(".")}`);
    return { ...ended(), state: "answered", readings: answer.data.shards };
  } catch (error) {
    if (error instanceof SyntaxError) return silent("unreadable", "the answer is not JSON");
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    return isTimeout ? silent("timeout", `no answer within ${timeoutMs} ms`) : silent("unreachable", causeOf(error));
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  let bytes = 0;
  const parts: Uint8Array[] = [];
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** fetch says "fetch failed" of everything; what failed is the code of its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : error.message;
}
