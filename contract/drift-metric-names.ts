/** The gauges of drift, a part of metric-names.ts, which checks their form: what the newest drift report of each model says, and when the next is due. */

export const DRIFT_METRICS = {
  drift_psi: {
    type: "gauge",
    labels: ["model", "feature"],
    help: "PSI of a feature, or of the prediction, in the newest drift report of the model; absent where it had too few rows.",
  },
  drift_ks_statistic: {
    type: "gauge",
    labels: ["model", "feature"],
    help: "KS statistic in the newest drift report; of live traffic its proved lower bound. Absent for categories and for too few rows.",
  },
  drift_detected: {
    type: "gauge",
    labels: ["model", "feature"],
    help: "1 when the newest drift report says that the feature has drifted, 0 when not, absent when it could not be judged.",
  },
  drift_last_run_timestamp_seconds: {
    type: "gauge",
    labels: ["model"],
    help: "When the newest drift report of the model was made.",
  },
  drift_turn_due_timestamp_seconds: {
    type: "gauge",
    labels: ["model"],
    help: "When the first turn of the drift schedule without a report is or was due, for models in production with a reference.",
  },
  drift_rows: {
    type: "gauge",
    labels: ["model", "side"],
    help: "Rows that the newest drift report compared, by side: reference, current.",
  },
  drift_key_feature: {
    type: "gauge",
    labels: ["model", "feature"],
    help: "1 for each feature, and the prediction, whose significant drift is worth a person's time at once.",
  },
} as const;
