/** Whether the other dashboards can be believed: shards, flushes, scrapes, and the control plane that shows them. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { singleValue, timeSeries } from "./panel-kinds.ts";

/** The threshold of EdgeUnreachable. */
export const SCRAPE_AGE_SECONDS_MAX = 30;

export function metricsPath(): DashboardBuilder {
  const description =
    "From isolate to shard to control plane to Prometheus. While something is wrong here, edge figures stand still: they never fall and are never a part of the sum.";
  return dashboard({ uid: "edgewise-metrics-path", title: "Edgewise: metrics path", description }, { hasModels: false })
    .withPanel(
      singleValue(
        {
          title: "Shards",
          description: "1 when the shard answered the last scrape; a silent one's last values are carried forward.",
          queries: [{ expr: "edge_shard_up", legend: "shard {{shard}}" }],
          unit: "short",
          width: 8,
        },
        { bad: 1, isLowBad: true },
      ),
    )
    .withPanel(
      singleValue(
        {
          title: "Age of the edge's figures",
          description: "Since the edge last answered the control plane. EdgeUnreachable fires from 30 s on.",
          queries: [{ expr: "time() - max(edge_last_scrape_timestamp_seconds)", legend: "age" }],
          unit: "s",
          width: 8,
        },
        { bad: SCRAPE_AGE_SECONDS_MAX },
      ),
    )
    .withPanel(
      singleValue({
        title: "Age of each shard's counters",
        description:
          "Since the shard's storage began to count. Young without a reason: it was wiped (what it had counted stays in the sum).",
        queries: [{ expr: "time() - edge_shard_created_timestamp_seconds", legend: "shard {{shard}}" }],
        unit: "s",
        width: 8,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Flushes",
        description:
          "Of isolates to their shard, per second. retried: sent again after its fate was unknown, applied once. parked: of a newer Worker, kept until one is deployed that can read it.",
        queries: [{ expr: "sum by (outcome) (rate(metrics_flushes_total[1m]))", legend: "{{outcome}}" }],
        unit: "short",
      }),
    )
    .withPanel(
      timeSeries(
        {
          title: "Increments beyond the limit of series",
          description: "Counted, but under `other` or not by label: a label has more values than it may.",
          queries: [{ expr: "sum(increase(metrics_series_dropped_total[5m])) or vector(0)", legend: "in 5 minutes" }],
          unit: "short",
        },
        { bars: true },
      ),
    )
    .withPanel(
      timeSeries({
        title: "Scrapes",
        description:
          "Of the edge by the control plane, and of the control plane by Prometheus, which contains the former and must end within 4 s.",
        queries: [
          { expr: "edge_scrape_duration_seconds", legend: "edge" },
          { expr: 'scrape_duration_seconds{job="edgewise"}', legend: "control plane" },
        ],
        unit: "s",
      }),
    )
    .withPanel(
      timeSeries({
        title: "Control plane memory",
        description: "Resident memory and used JavaScript heap.",
        queries: [
          { expr: 'process_resident_memory_bytes{job="edgewise"}', legend: "resident" },
          { expr: 'nodejs_heap_size_used_bytes{job="edgewise"}', legend: "heap" },
        ],
        unit: "bytes",
      }),
    )
    .withPanel(
      timeSeries({
        title: "Control plane event loop lag",
        description: "P99 between two scrapes. Over seconds: something computes in the control plane's own thread.",
        queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds{job="edgewise"}', legend: "P99" }],
        unit: "s",
      }),
    )
    .withPanel(
      timeSeries({
        title: "Control plane CPU",
        description: "Of one core.",
        queries: [{ expr: 'rate(process_cpu_seconds_total{job="edgewise"}[1m])', legend: "CPU" }],
        unit: "percentunit",
      }),
    );
}
