/** The edge's part of /metrics: its own families from the carried totals, and what a look at it says of it. Pure. */
import { CONTROL_PLANE_METRICS, EDGE_METRICS, type EdgeMetricName } from "../../contract/metric-names.ts";
import type { EdgeTotals } from "./carry-forward.ts";
import type { EdgeView } from "./edge-counts.ts";
import { placeOf } from "./edge-series.ts";
import { familyOf, type MetricFamily } from "./metric-family.ts";
import { shownValue, type SeriesAges } from "./zero-first.ts";

export function edgeFamilies({ look, state, totals, ages, answeredMs }: EdgeView): MetricFamily[] {
  const {
    edge_shard_up,
    edge_shard_created_timestamp_seconds,
    edge_scrape_duration_seconds,
    edge_last_scrape_timestamp_seconds,
  } = CONTROL_PLANE_METRICS;
  const listed = [...state.values()].filter(({ isListed }) => isListed);
  const created = listed.filter(({ createdAt }) => createdAt !== "");
  return [
    ...(totals.state === "complete" ? countedFamilies(totals, ages, look.atMs) : []),
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

function countedFamilies(totals: Extract<EdgeTotals, { state: "complete" }>, ages: SeriesAges, atMs: number): MetricFamily[] {
  const byFamily = new Map<EdgeMetricName, { order: string; text: string; value: number }[]>();
  const put = (text: string, value: number): void => {
    const place = placeOf(text);
    if (!place) return;
    const entries = byFamily.get(place.family) ?? [];
    if (entries.length === 0) byFamily.set(place.family, entries);
    entries.push({ order: place.order, text, value });
  };
  for (const [text, value] of totals.counters) put(text, shownValue(ages, text, value, atMs));
  for (const [text, value] of totals.gauges) put(text, value);
  put("edge_isolates", totals.isolates);
  return (Object.keys(EDGE_METRICS) as EdgeMetricName[]).map((name) => {
    const { type, help } = EDGE_METRICS[name];
    const entries = (byFamily.get(name) ?? []).toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
    return {
      name,
      type,
      help,
      ...(type !== "gauge" && totals.createdAtMs !== undefined && { createdAtMs: totals.createdAtMs }),
      series: entries.map(({ text, value }) => [text, value] as const),
    };
  });
}
