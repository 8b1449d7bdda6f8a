/** The gauges of live quality, a part of metric-names.ts, which checks their form: what came true, what is estimated while the truth is late, and how much of it there is. */

export const QUALITY_METRICS = {
  model_rmse: {
    type: "gauge",
    labels: ["model", "version"],
    help: "Root mean squared error of the predictions of the last 24 hours whose truth has come; absent without any, and for classifiers.",
  },
  model_mae: { type: "gauge", labels: ["model", "version"], help: "As model_rmse: mean absolute error." },
  model_bias: { type: "gauge", labels: ["model", "version"], help: "As model_rmse: mean of prediction less truth." },
  model_absolute_error_p95: {
    type: "gauge",
    labels: ["model", "version"],
    help: "As model_rmse: 95th percentile of the absolute error, within 1 %.",
  },
  model_accuracy: {
    type: "gauge",
    labels: ["model", "version"],
    help: "As model_rmse, for classifiers: share of right classes.",
  },
  model_log_loss: {
    type: "gauge",
    labels: ["model", "version"],
    help: "As model_rmse, for classifiers: mean log loss, natural.",
  },
  model_baseline_rmse: {
    type: "gauge",
    labels: ["model", "version"],
    help: "RMSE that was given at a version's registration, for the versions in production and staging that have one.",
  },
  model_rmse_estimated: {
    type: "gauge",
    labels: ["model", "version"],
    help: "ESTIMATE, made without truth: root mean squared error that the version's error model expects of the predictions of the last 24 hours; absent for versions without an error model, and where no row was estimated.",
  },
  model_rmse_estimated_rows: {
    type: "gauge",
    labels: ["model", "version"],
    help: "Predictions of the last 24 hours that model_rmse_estimated is made of: a sample, as the edge estimates in its idle moments.",
  },
  feedback_count: {
    type: "gauge",
    labels: ["model", "version"],
    help: "Predictions of the last 24 hours whose truth has come: what model_rmse is made of.",
  },
  feedback_coverage_ratio: {
    type: "gauge",
    labels: ["model", "version"],
    help: "Share of the receipts of the last 24 hours whose truth has come; absent where none was issued.",
  },
  feedback_delay_seconds: {
    type: "gauge",
    labels: ["model", "version", "quantile"],
    help: "Time from prediction to truth of the predictions of the last 24 hours, by quantile, within 1 %.",
  },
  model_disparate_impact_ratio: {
    type: "gauge",
    labels: ["model", "version", "group"],
    help: "Rate of favourable predictions of the last 24 hours in a group over that in the privileged group; absent where either has fewer than 100.",
  },
} as const;
