/** What the SLA needs of a look at the edge: whether it is up, and its counts added up over all labels. Pure. */
import { LATENCY_BUCKETS_SECONDS } from "../../contract/metric-names.ts";
import { bucketLabel, parseSeriesText } from "../../contract/series-text.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import type { EdgeSample } from "./roll-up.ts";

const NAMES = /^(http_requests_total|request_latency_seconds_bucket)\{/;
const BOUNDS_SECONDS = [...LATENCY_BUCKETS_SECONDS, Number.POSITIVE_INFINITY];

/** Undefined: the look says nothing of the edge's state, because we may not ask it, cannot read it, or do not know all that it counted. */
export function edgeSample({ look, totals }: Pick<EdgeView, "look" | "totals">): EdgeSample | undefined {
  if (look.state === "silent") {
    const isDown = look.reason === "unreachable" || look.reason === "timeout";
    return isDown ? { atMs: look.atMs, edgeUp: false, requestsTotal: 0, errorsTotal: 0, latencyBuckets: [] } : undefined;
  }
  if (totals.state === "incomplete") return undefined;
  let requestsTotal = 0;
  let errorsTotal = 0;
  const buckets = new Map(BOUNDS_SECONDS.map((bound) => [bucketLabel(bound), 0]));
  for (const [text, value] of totals.counters) {
    // Most of up to 100,000 series are others: only these two names are worth reading.
    const series = NAMES.test(text) ? parseSeriesText(text) : undefined;
    if (series?.name === "http_requests_total") {
      requestsTotal += value;
      if (series.labels["status"]?.startsWith("5")) errorsTotal += value;
    } else if (series?.name === "request_latency_seconds_bucket") {
      const label = series.labels["le"] ?? "";
      const counted = buckets.get(label);
      if (counted !== undefined) buckets.set(label, counted + value);
    }
  }
  const latencyBuckets = BOUNDS_SECONDS.map((bound): [number, number] => [bound, buckets.get(bucketLabel(bound)) ?? 0]);
  return { atMs: look.atMs, edgeUp: true, requestsTotal, errorsTotal, latencyBuckets };
}
