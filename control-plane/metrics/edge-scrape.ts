/**
 * Asks the edge for its metrics when somebody asks us: the scraper's interval drives it. Looks at the same time share one, and one serves for
 * about a second. Never throws; what came is only read, not added up (carry-forward.ts).
 */
import { edgeMetricsAnswer, type ShardReading } from "../../contract/metric-flush.ts";
import { askEdge, type EdgeSilence } from "../edge/ask-edge.ts";

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
  const asked = await askEdge({ edgeUrl, edgeToken }, "/internal/metrics", timeoutMs);
  if (!asked.ok) return { ...ended(), state: "silent", ...asked.failure };
  const answer = edgeMetricsAnswer.safeParse(asked.value);
  if (answer.success) return { ...ended(), state: "answered", readings: answer.data.shards };
  const detail = `the answer is not of a known schema: ${answer.error.issues[0]?.path.join(".")}`;
  return { ...ended(), state: "silent", reason: "unreadable", detail };
}
