/** Every metric that the edge counts: its labels and its help text. The one place that documents a name. */
export const EDGE_COUNTERS = {
  predictions_total: { labels: ["model", "version"], help: "Predictions answered: one per row." },
  model_loads_total: { labels: ["model", "version"], help: "Versions that an isolate loaded, checked and took into service." },
  model_refusals_total: {
    labels: ["model", "reason"],
    help: "Releases that an isolate refused to serve, by reason; the last good one went on serving.",
  },
  request_errors_total: { labels: ["code"], help: "Requests answered with an error, by its stable code." },
} as const satisfies Record<string, { labels: readonly string[]; help: string }>;

export type EdgeCounterName = keyof typeof EDGE_COUNTERS;
export type LabelsOf<Name extends EdgeCounterName> = Record<(typeof EDGE_COUNTERS)[Name]["labels"][number], string>;
