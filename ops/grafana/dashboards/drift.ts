/** Whether live traffic still looks like what the model was trained on: from the newest drift report, which the schedule makes daily unless told otherwise. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, MODEL } from "./dashboard.ts";
import { singleValue, tablePanel, timeSeries } from "./panel-kinds.ts";

/** PSI from which FeatureDriftSignificant fires for a key feature. */
export const PSI_SIGNIFICANT = 0.2;

export function drift(): DashboardBuilder {
  const description =
    "Of the newest drift report of each model: values stand still between two reports. What had too few rows has no value.";
  return dashboard({ uid: "edgewise-drift", title: "Edgewise: drift", description }, { hasModels: true })
    .withPanel(
      singleValue({
        title: "Features that have drifted",
        description: "By the newest report; features that could not be judged are not among them.",
        queries: [{ expr: `sum by (model) (drift_detected{${MODEL}})`, legend: "{{model}}" }],
        unit: "short",
        width: 8,
      }),
    )
    .withPanel(
      singleValue({
        title: "Age of the newest report",
        description: "DriftJobStale fires when a scheduled report is two hours overdue.",
        queries: [{ expr: `time() - drift_last_run_timestamp_seconds{${MODEL}}`, legend: "{{model}}" }],
        unit: "s",
        width: 8,
      }),
    )
    .withPanel(
      singleValue({
        title: "Rows compared",
        description: "In the newest report: of the training data, and of live traffic.",
        queries: [{ expr: `drift_rows{${MODEL}}`, legend: "{{model}} {{side}}" }],
        unit: "short",
        width: 8,
      }),
    )
    .withPanel(
      timeSeries(
        {
          title: "PSI",
          description:
            "Population stability index of each feature and of the prediction. Above 0.2, the line, is significant; 0.1 to 0.2 moderate.",
          queries: [{ expr: `drift_psi{${MODEL}}`, legend: "{{feature}} {{model}}" }],
          unit: "short",
          width: 12,
        },
        { limit: { bad: PSI_SIGNIFICANT } },
      ),
    )
    .withPanel(
      timeSeries({
        title: "KS statistic",
        description:
          "Largest distance between the two distributions, 0 to 1; of live traffic its proved lower bound. Not for categories.",
        queries: [{ expr: `drift_ks_statistic{${MODEL}}`, legend: "{{feature}} {{model}}" }],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      tablePanel(
        {
          title: "Most drifted",
          description: "By PSI in the newest report.",
          queries: [{ expr: `sort_desc(topk(20, drift_psi{${MODEL}}))` }],
          unit: "short",
          width: 24,
        },
        { model: "Model", feature: "Feature", Value: "PSI" },
      ),
    );
}
