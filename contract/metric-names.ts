/**
 * Every metric that Edgewise exposes: type, labels and help. The one place that documents a name; the code records by it, the exposition
 * writes HELP and TYPE from it, and a test holds `ops/` against it. Label sets are closed: each label's values come from this list, from the
 * registry, or are capped and folded into `other`.
 */

import { DRIFT_METRICS } from "./drift-metric-names.ts";
import { QUALITY_METRICS } from "./quality-metric-names.ts";

export interface MetricDefinition {
  type: "counter" | "gauge" | "histogram";
  labels: readonly string[];
  help: string;
}

/** Upper bounds in seconds. 0.1 is the latency target, 0.5 the alert's: both must be bounds, or a quantile at them would be a guess. */
export const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5] as const;
export const LOAD_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Absolute differences in the unit of the model's output, which nobody knows here: decades, each in two. */
export const DIFFERENCE_BUCKETS = [
  1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 10_000, 100_000, 1_000_000,
] as const;

/** What became of a row that a shadow was scored on; all but the first two are errors that stable did not make. */
export const SHADOW_ROW_OUTCOMES = [
  "agreed",
  "disagreed",
  "output_not_finite",
  "inputs_refused",
  "outputs_differ",
  "inference_rejected",
  "inference_failed",
] as const;
/** Why an answer was not scored on the shadow. */
export const SHADOW_SKIPS = ["behind", "too_large", "inputs_differ", "retired"] as const;

/**
 * What became of a row of an answer by a version with an error model. Only the first is part of the estimate; the last three are rows of a version
 * whose error model could not be loaded.
 */
export const ESTIMATE_ROW_OUTCOMES = [
  "estimated",
  "not_finite",
  "behind",
  "too_large",
  "retired",
  "run_failed",
  "error_model_absent",
  "error_model_differs",
  "error_model_unusable",
] as const;

/** Counted at the edge, added up by the metrics shards. */
export const EDGE_METRICS = {
  api_requests_total: {
    type: "counter",
    labels: ["endpoint", "method"],
    help: "Requests to the edge, by route pattern and method.",
  },
  http_requests_total: {
    type: "counter",
    labels: ["method", "endpoint", "status"],
    help: "Answers of the edge, by route pattern, method and status.",
  },
  http_request_duration_seconds: {
    type: "histogram",
    labels: ["method", "endpoint"],
    help: "Time from a request's arrival in the Worker until its answer was handed over and a timer tick had passed or the next request had come, at most 2 ms later, for every route. In a deployed Worker the clock advances only with I/O: this contains waiting and the tick, not the model's CPU time.",
  },
  request_latency_seconds: {
    type: "histogram",
    labels: [],
    help: "As http_request_duration_seconds, for the prediction endpoints (/predict and V2 infer) only.",
  },
  predictions_total: { type: "counter", labels: ["model", "version"], help: "Predictions answered: one per row." },
  prediction_errors_total: {
    type: "counter",
    labels: ["model", "reason"],
    help: "Prediction requests answered with an error, by its stable code; model is 'other' when none was found.",
  },
  version_errors_total: {
    type: "counter",
    labels: ["model", "version", "reason"],
    help: "Prediction requests that a version was picked for and that were answered with an error, by its stable code.",
  },
  version_latency_seconds: {
    type: "histogram",
    labels: ["model", "version"],
    help: "As request_latency_seconds, by the version that was picked.",
  },
  shadow_requests_total: {
    type: "counter",
    labels: ["model", "version", "outcome"],
    help: "Answers of stable by what became of them at the shadow version: scored, or skipped because the isolate was behind, the answer too large, its tensors not the shadow's, or the shadow retired.",
  },
  shadow_rows_total: {
    type: "counter",
    labels: ["model", "version", "outcome"],
    help: "Rows scored on the shadow version: agreed, disagreed (another label, or beyond the tolerance), or the error that it added.",
  },
  shadow_difference: {
    type: "histogram",
    labels: ["model", "version", "direction"],
    help: "Absolute difference between the shadow's number and the answer, a row each, by direction: the shadow is higher (or equal), or lower.",
  },
  rmse_estimate_rows_total: {
    type: "counter",
    labels: ["model", "version", "outcome"],
    help: "Rows answered by a version that has an error model, by what became of them there: estimated, or why not (not finite, skipped because the isolate was behind or the answer too large, version retired, run failed, error model absent, of another digest, or unusable).",
  },
  rmse_estimate_squared_error_total: {
    type: "counter",
    labels: ["model", "version"],
    help: "Sum of the squared errors that the error model expects of the estimated rows: over their number, the mean squared error estimated without truth.",
  },
  receipts_issued_total: {
    type: "counter",
    labels: ["model", "version", "group"],
    help: "Predictions answered with a receipt (prediction_id), by the group that the caller gave; 'none' without one.",
  },
  receipts_favourable_total: {
    type: "counter",
    labels: ["model", "version", "group"],
    help: "Of receipts_issued_total with a group, those for a favourable prediction, as the version's manifest defines it.",
  },
  feedback_total: {
    type: "counter",
    labels: ["model", "outcome"],
    help: "Truths sent to /feedback by outcome: counted, repeated, expired, late, forged, foreign, malformed, actual_invalid, unavailable; model is 'other' where the receipt names none.",
  },
  release_requests_total: {
    type: "counter",
    labels: ["model", "version", "generation", "colo"],
    help: "Prediction requests by the release generation and the data centre that answered: how a release converges.",
  },
  model_loads_total: {
    type: "counter",
    labels: ["model", "version"],
    help: "Versions that an isolate loaded, checked and took into service.",
  },
  model_load_duration_seconds: {
    type: "histogram",
    labels: ["model"],
    help: "Time to fetch, verify and load a version; waiting only, as the clock of a deployed Worker stands still during CPU work.",
  },
  model_refusals_total: {
    type: "counter",
    labels: ["model", "reason"],
    help: "Releases that an isolate refused to serve, by reason; the last good one went on serving.",
  },
  metrics_flushes_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Flushes of isolates to their shard: sent (and applied), retried after a failure, or parked because their schema is not known here.",
  },
  metrics_series_dropped_total: { type: "counter", labels: [], help: "Increments of series beyond a shard's limit." },
  drift_rows_dropped_total: {
    type: "counter",
    labels: [],
    help: "Rows that a shard could not count into a drift window: the hour is too long ago or yet to come, or the shard has no room.",
  },
  edge_wasm_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "WASM memory of an isolate: the largest among those that reported in the last five minutes.",
  },
  edge_isolates: { type: "gauge", labels: [], help: "Isolates that reported to a shard in the last five minutes." },
} as const satisfies Record<string, MetricDefinition>;

/** Known to the control plane itself. */
export const CONTROL_PLANE_METRICS = {
  up: { type: "gauge", labels: ["service"], help: "1 when the service (edge, control_plane) answered the last look, else 0." },
  edge_shard_up: {
    type: "gauge",
    labels: ["shard"],
    help: "1 when the metrics shard answered the last scrape; its last values are carried forward when not.",
  },
  edge_shard_created_timestamp_seconds: {
    type: "gauge",
    labels: ["shard"],
    help: "When the shard's storage began to count; a change is a counter reset.",
  },
  edge_scrape_duration_seconds: {
    type: "gauge",
    labels: [],
    help: "Duration of the last scrape of the edge by the control plane.",
  },
  edge_last_scrape_timestamp_seconds: { type: "gauge", labels: [], help: "When the edge last answered the control plane." },
  release_generation: { type: "gauge", labels: ["model"], help: "Generation of the release that the registry wants served." },
  release_published_generation: {
    type: "gauge",
    labels: ["model"],
    help: "Highest generation that was published to the edge's storage.",
  },
  release_published_timestamp_seconds: {
    type: "gauge",
    labels: ["model", "version", "generation", "act"],
    help: "When the newest published release of a model was published; act is promote, rollback, or other when no move made it.",
  },
  release_convergence_ratio: {
    type: "gauge",
    labels: ["model"],
    help: "Share of prediction requests since the previous scrape that the newest published generation answered; absent without requests.",
  },
  release_convergence_seconds: {
    type: "gauge",
    labels: ["model"],
    help: "Seconds from publication until 99 % of requests were answered by the newest generation; absent until then.",
  },
  release_colos: {
    type: "gauge",
    labels: ["model", "state"],
    help: "Data centres with requests since the previous scrape, by state: on the newest generation, or behind.",
  },
  registry_versions: { type: "gauge", labels: ["model", "stage"], help: "Versions in the registry, by stage." },
  release_acts_total: {
    type: "counter",
    labels: ["model", "act"],
    help: "Acts recorded in the audit log: register, move, promote, rollback.",
  },
  ...QUALITY_METRICS,
  outbox_pending: { type: "gauge", labels: [], help: "Publications that the edge's storage does not have yet." },
  sla_objective_met: {
    type: "gauge",
    labels: ["objective", "model"],
    help: "1 when what is known of the last 30 days keeps the objective's target, else 0; absent without data. How much is known: sla_coverage_ratio.",
  },
  sla_error_budget_left_ratio: {
    type: "gauge",
    labels: ["objective", "model"],
    help: "Error budget left, of the known time or requests of the last 30 days: 1 is all of it, below 0 overspent.",
  },
  sla_coverage_ratio: { type: "gauge", labels: [], help: "Share of the last 30 days that the control plane watched." },
  ...DRIFT_METRICS,
  retrain_runs_total: {
    type: "counter",
    labels: ["model", "outcome"],
    help: "Retraining runs that are over, by outcome: done (a version was registered), rejected (not better), failed, cancelled, dismissed.",
  },
  retrain_running: { type: "gauge", labels: ["model"], help: "Retraining runs that are queued or under way: 0 or 1." },
  retrain_active_since_timestamp_seconds: {
    type: "gauge",
    labels: ["model"],
    help: "When the retraining run that is queued or under way was asked for; absent without one.",
  },
  retrain_suggestions: {
    type: "gauge",
    labels: ["model"],
    help: "Retraining suggestions that nobody has accepted or dismissed.",
  },
  retrain_last_run_timestamp_seconds: { type: "gauge", labels: ["model"], help: "When the last retraining run was over." },
  incidents_open: { type: "gauge", labels: ["severity"], help: "Incidents that are open." },
} as const satisfies Record<string, MetricDefinition>;

/** Bounds of each histogram of the edge. */
export const EDGE_BUCKETS: Record<EdgeHistogramName, readonly number[]> = {
  http_request_duration_seconds: LATENCY_BUCKETS_SECONDS,
  request_latency_seconds: LATENCY_BUCKETS_SECONDS,
  version_latency_seconds: LATENCY_BUCKETS_SECONDS,
  model_load_duration_seconds: LOAD_BUCKETS_SECONDS,
  shadow_difference: DIFFERENCE_BUCKETS,
};

export type ShadowRowOutcome = (typeof SHADOW_ROW_OUTCOMES)[number];
export type EstimateRowOutcome = (typeof ESTIMATE_ROW_OUTCOMES)[number];
export type ShadowSkip = (typeof SHADOW_SKIPS)[number];
export type EdgeMetricName = keyof typeof EDGE_METRICS;
export type EdgeCounterName = {
  [Name in EdgeMetricName]: (typeof EDGE_METRICS)[Name]["type"] extends "counter" ? Name : never;
}[EdgeMetricName];
export type EdgeHistogramName = {
  [Name in EdgeMetricName]: (typeof EDGE_METRICS)[Name]["type"] extends "histogram" ? Name : never;
}[EdgeMetricName];
export type LabelsOf<Name extends EdgeMetricName> = Record<(typeof EDGE_METRICS)[Name]["labels"][number], string>;
