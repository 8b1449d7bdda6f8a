/** The edge's part of /metrics: its own families from the carried totals, and what a look at it says of it. Pure. */
import { CONTROL_PLANE_METRICS, EDGE_METRICS, type EdgeMetricName } from "../../contract/metric-names.ts";
import type { EdgeTotals } from "./carry-forward.ts";
import type { EdgeView } from "./edge-counts.ts";
import { noteSeries, type KnownSeries } from "./known-series.ts";
import { familyOf, type MetricFamily } from "./metric-family.ts";
import { shownValue } from "./zero-first.ts";

export function edgeFamilies({ look, state, totals, known, answeredMs }: EdgeView): MetricFamily[] {
  const {
    edge_shard_up,
    edge_shard_created_timestamp_seconds,
    edge_scrape_duration_seconds,
    edge_last_scrape_timestamp_seconds,
  } = CONTROL_PLANE_METRICS;
  const listed = [...state.values()].filter(({ isListed }) => isListed);
  const created = listed.filter(({ createdAt }) => createdAt !== "");
  return [
    ...(totals.state === "complete" ? countedFamilies(totals, known, look.atMs) : []),
    familyOf(
      "edge_shard_up",
      edge_shard_up,
      listed.map(({ shard, isUp }) => ({ labels: { shard: String(shard) }, value: isUp ? 1 : 0 })),
    ),
    familyOf(
      "edge_shard_created_timestamp_seconds",
      edge_shard_created_timestamp_seconds,
      created.map(({ shard, createdAt }) => ({ labels: { shard: String(shard) }, value: Date.parse(createdAt) / 1000 })),
    ),
    familyOf("edge_scrape_duration_seconds", edge_scrape_duration_seconds, [{ labels: {}, value: look.durationMs / 1000 }]),
    familyOf(
      "edge_last_scrape_timestamp_seconds",
      edge_last_scrape_timestamp_seconds,
      answeredMs === undefined ? [] : [{ labels: {}, value: answeredMs / 1000 }],
    ),
  ];
}

function countedFamilies(totals: Extract<EdgeTotals, { state: "complete" }>, known: KnownSeries, atMs: number): MetricFamily[] {
  const gauges = noteSeries(undefined, [...totals.gauges.keys(), "edge_isolates"], atMs).ordered;
  const gaugeValue = (text: string): number => (text === "edge_isolates" ? totals.isolates : (totals.gauges.get(text) as number));
  return (Object.keys(EDGE_METRICS) as EdgeMetricName[]).map((name) => {
    const { type, help } = EDGE_METRICS[name];
    if (type === "gauge")
      return { name, type, help, series: (gauges.get(name) ?? []).map(({ text }) => [text, gaugeValue(text)] as const) };
    const series: (readonly [text: string, value: number])[] = [];
    for (const { text, sinceMs } of known.ordered.get(name) ?? []) {
      const value = totals.counters.get(text);
      if (value !== undefined) series.push([text, shownValue(sinceMs, value, atMs)]);
    }
    return { name, type, help, ...(totals.createdAtMs !== undefined && { createdAtMs: totals.createdAtMs }), series };
  });
}
