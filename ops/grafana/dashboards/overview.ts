/** The first look: is the service well, are its promises kept, what went wrong when. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { bars, gaugePanel, singleValue, tablePanel, timeSeries } from "./panel-kinds.ts";

/** The SLA's P95 and the threshold of P95LatencyOverTarget. */
export const P95_TARGET_SECONDS = 0.1;
/** The threshold of HighErrorRate. */
export const ERROR_RATIO_ALERT = 0.05;

/** The SLA's RMSE, unless SLA_RMSE_BY_MODEL has another for a model. */
export const RMSE_TARGET = 55;

/** Answers to callers: the control plane's own scrapes would thin out their errors. */
const CALLERS = 'endpoint!~"/internal/.*"';

export function overview(): DashboardBuilder {
  const description =
    "Traffic, latency, errors and promises of the edge as one service. Figures arrive within about 12 s of a request.";
  return dashboard({ uid: "edgewise-overview", title: "Edgewise: overview", description }, { hasModels: false })
    .withPanel(
      singleValue(
        {
          title: "Services",
          description:
            "1 when the service answered the last look. The edge is looked at by the control plane, the control plane by Prometheus.",
          queries: [
            { expr: 'up{service="edge"}', legend: "edge" },
            { expr: 'up{job="edgewise", service=""}', legend: "control plane" },
          ],
          unit: "short",
          width: 6,
        },
        { bad: 1, isLowBad: true },
      ),
    )
    .withPanel(
      singleValue({
        title: "Requests in the last 24 h",
        description: "Answers to callers, whatever their status.",
        queries: [{ expr: `sum(increase(http_requests_total{${CALLERS}}[24h]))`, legend: "requests" }],
        unit: "short",
        width: 6,
      }),
    )
    .withPanel(
      singleValue(
        {
          title: "Open incidents",
          description: "Opened by Alertmanager and not closed by a person: `npx edgewise incidents`.",
          queries: [{ expr: "sum(incidents_open)", legend: "open" }],
          unit: "short",
          width: 6,
        },
        { bad: 1 },
      ),
    )
    .withPanel(
      singleValue(
        {
          title: "SLA coverage",
          description:
            "Share of the last 30 days that was watched. Below 95 % nothing is called met: the rest is unknown, neither up nor down.",
          queries: [{ expr: "sla_coverage_ratio", legend: "known" }],
          unit: "percentunit",
          width: 6,
        },
        { bad: 0.95, isLowBad: true },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Request rate",
          description: "Requests to the edge per second over the last minute, by route.",
          queries: [{ expr: "sum by (endpoint) (endpoint:api_requests:rate1m)", legend: "{{endpoint}}" }],
          unit: "reqps",
        },
        { stacked: "sum" },
      ),
    )
    .withPanel(
      gaugePanel(
        {
          title: "P95 latency",
          description:
            "P95 of the prediction routes over 5 minutes; target below 100 ms. Measured in the Worker: arrival to answer and one timer tick, waiting only (a deployed Worker's clock stands still during CPU work).",
          queries: [{ expr: "edgewise:request_latency_seconds:p95_5m" }],
          unit: "s",
          width: 4,
        },
        { bad: P95_TARGET_SECONDS },
        2 * P95_TARGET_SECONDS,
      ),
    )
    .withPanel(
      gaugePanel(
        {
          title: "SLA compliance",
          description:
            "Share of the objectives whose target is kept by what is known of the last 30 days. Says nothing of how much is known: see coverage. `npx edgewise sla` has the figures.",
          queries: [{ expr: "avg(sla_objective_met)" }],
          unit: "percentunit",
          width: 4,
        },
        { bad: 1, isLowBad: true },
        1,
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Error rate",
          description:
            "Share of answers that are 5xx over the last minute. The line at 5 % is where HighErrorRate fires after a minute.",
          queries: [{ expr: "edgewise:error_ratio:rate1m", legend: "5xx" }],
          unit: "percentunit",
        },
        { limit: { bad: ERROR_RATIO_ALERT } },
      ).axisSoftMax(2 * ERROR_RATIO_ALERT),
    )
    .withPanel(
      bars(
        {
          title: "Error budget left",
          description: "Of the known time or requests of the last 30 days: 100 % is all of it, 0 none, below 0 overspent.",
          queries: [{ expr: "sla_error_budget_left_ratio", legend: "{{objective}} {{model}}" }],
          unit: "percentunit",
        },
        { bad: 0, isLowBad: true },
        { min: -1, max: 1 },
      ),
    )
    .withPanel(
      tablePanel(
        {
          title: "Active alerts",
          description: "Alerts that fire, from Prometheus. What to do: the section of its name in docs/runbook.md.",
          queries: [{ expr: 'ALERTS{alertstate="firing"}' }],
          unit: "short",
          width: 8,
        },
        { alertname: "Alert", severity: "Severity", service: "Service", model: "Model", shard: "Shard" },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Error timeline",
          description: "Answers per minute with 4xx (the caller's fault) and 5xx (ours), by status.",
          queries: [
            {
              expr: `sum by (status) (increase(http_requests_total{${CALLERS}, status=~"[45].."}[1m])) > 0`,
              legend: "{{status}}",
            },
          ],
          unit: "short",
          width: 8,
        },
        { stacked: "sum", bars: true },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Latency",
          description: "Prediction routes over 5 minutes, measured in the Worker. The line is the target of P95.",
          queries: [
            { expr: "edgewise:request_latency_seconds:p50_5m", legend: "P50" },
            { expr: "edgewise:request_latency_seconds:p95_5m", legend: "P95" },
            { expr: "edgewise:request_latency_seconds:p99_5m", legend: "P99" },
            { expr: "edgewise:request_latency_seconds:mean1m", legend: "average of 1 minute" },
          ],
          unit: "s",
          width: 12,
        },
        { limit: { bad: P95_TARGET_SECONDS } },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Model performance trend",
          description:
            "RMSE and MAE of the predictions of the last 24 hours whose truth has come. The line is the SLA's RMSE. Nothing where no caller sends the truth.",
          queries: [
            { expr: "model_rmse", legend: "RMSE {{model}} {{version}}" },
            { expr: "model_mae", legend: "MAE {{model}} {{version}}" },
          ],
          unit: "short",
          width: 12,
        },
        { limit: { bad: RMSE_TARGET } },
      ),
    );
}
