/** The health of models at the edge: what they answer, what fails and why, how they load, what memory they take. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, MODEL } from "./dashboard.ts";
import { timeSeries } from "./panel-kinds.ts";

/** Of an isolate, in bytes: 1,536 pages of WASM memory (docs/decisions/0002-wasm-memory-cap.md). */
export const WASM_MEMORY_BYTES_MAX = 1536 * 64 * 1024;

export function models(): DashboardBuilder {
  const description = "Per model: predictions, errors by reason, loads and refusals, memory.";
  return dashboard({ uid: "edgewise-models", title: "Edgewise: model health", description }, { hasModels: true })
    .withPanel(
      timeSeries(
        {
          title: "Predictions",
          description: "Rows answered per second, by version.",
          queries: [{ expr: `model:predictions:rate1m{${MODEL}}`, legend: "{{model}} {{version}}" }],
          unit: "short",
          width: 12,
        },
        { stacked: "sum" },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Errors by reason",
          description: "Prediction requests per minute answered with an error, by its stable code. `other`: no model was found.",
          queries: [
            {
              expr: `sum by (model, reason) (increase(prediction_errors_total{model=~"$model|other"}[1m])) > 0`,
              legend: "{{reason}} {{model}}",
            },
          ],
          unit: "short",
          width: 12,
        },
        { stacked: "sum", bars: true },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Loads",
          description: "Versions that isolates loaded, checked and took into service, in 5 minutes.",
          queries: [
            { expr: `sum by (model, version) (increase(model_loads_total{${MODEL}}[5m]))`, legend: "{{model}} {{version}}" },
          ],
          unit: "short",
        },
        { bars: true },
      ),
    )
    .withPanel(
      timeSeries({
        title: "Load time",
        description: "Average and P95 over 30 minutes: fetch, verify, load. Waiting only, in a deployed Worker.",
        queries: [
          {
            expr: `sum by (model) (rate(model_load_duration_seconds_sum{${MODEL}}[30m])) / (sum by (model) (rate(model_load_duration_seconds_count{${MODEL}}[30m])) > 0)`,
            legend: "{{model}} average",
          },
          {
            expr: `histogram_quantile(0.95, sum by (model, le) (rate(model_load_duration_seconds_bucket{${MODEL}}[30m])))`,
            legend: "{{model}} P95",
          },
        ],
        unit: "s",
      }),
    )
    .withPanel(
      timeSeries(
        {
          title: "Refusals",
          description:
            "Releases that an isolate refused, by reason, in 5 minutes; the last good version served on. `generation_lower` is normal for a while after a publication.",
          queries: [
            { expr: `sum by (model, reason) (increase(model_refusals_total{${MODEL}}[5m]))`, legend: "{{reason}} {{model}}" },
          ],
          unit: "short",
        },
        { bars: true },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "WASM memory of an isolate",
          description: "The largest among those that reported in the last 5 minutes. The line is the Worker's cap.",
          queries: [{ expr: "edge_wasm_memory_bytes", legend: "largest" }],
          unit: "bytes",
          width: 12,
        },
        { limit: { bad: WASM_MEMORY_BYTES_MAX } },
      ),
    )
    .withPanel(
      timeSeries({
        title: "Isolates",
        description: "That reported in the last 5 minutes.",
        queries: [{ expr: "edge_isolates", legend: "isolates" }],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Live quality",
        description: "RMSE of the predictions of the last 24 hours whose truth has come, against the RMSE given at registration.",
        queries: [
          { expr: `model_rmse{${MODEL}}`, legend: "{{model}} {{version}} live" },
          { expr: `model_baseline_rmse{${MODEL}}`, legend: "{{model}} {{version}} at registration" },
        ],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Truth that came",
        description:
          "Share of the receipts of the last 24 hours whose truth was sent to /feedback. A quality of few is worth little.",
        queries: [{ expr: `feedback_coverage_ratio{${MODEL}}`, legend: "{{model}} {{version}}" }],
        unit: "percentunit",
        width: 12,
      }).max(1),
    );
}
