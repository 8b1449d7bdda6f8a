/** Live quality: how good the predictions turned out to be, how much of the truth has come and how late, and who is favoured. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, MODEL } from "./dashboard.ts";
import { timeSeries } from "./panel-kinds.ts";

export function quality(): DashboardBuilder {
  const description =
    "Per model: live RMSE beside its baseline, coverage and delay of the truth, what became of it, disparate impact, RMSE estimated without truth, retraining.";
  return dashboard({ uid: "edgewise-quality", title: "Edgewise: live quality", description }, { hasModels: true })
    .withPanel(
      timeSeries({
        title: "Model performance",
        description:
          "RMSE of the predictions of the last 24 hours whose truth has come, by version, beside the RMSE of its registration.",
        queries: [
          { expr: `model_rmse{${MODEL}}`, legend: "{{model}} {{version}}" },
          { expr: `model_baseline_rmse{${MODEL}}`, legend: "{{model}} {{version}} baseline" },
        ],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Absolute error",
        description: "Mean, and 95th percentile within 1 %, of the same predictions.",
        queries: [
          { expr: `model_mae{${MODEL}}`, legend: "{{model}} {{version}} mean" },
          { expr: `model_absolute_error_p95{${MODEL}}`, legend: "{{model}} {{version}} P95" },
        ],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Coverage",
        description: "Share of the receipts of the last 24 hours whose truth has come. Little of it, and RMSE says little.",
        queries: [{ expr: `feedback_coverage_ratio{${MODEL}}`, legend: "{{model}} {{version}}" }],
        unit: "percentunit",
      }),
    )
    .withPanel(
      timeSeries({
        title: "Delay of the truth",
        description: "From prediction to truth, of the predictions of the last 24 hours.",
        queries: [{ expr: `feedback_delay_seconds{${MODEL}}`, legend: "{{model}} {{version}} {{quantile}}" }],
        unit: "s",
      }),
    )
    .withPanel(
      timeSeries(
        {
          title: "Truth by outcome",
          description: "Truths sent per minute by what became of them. `other`: the receipt named no model of ours.",
          queries: [
            {
              expr: `sum by (model, outcome) (increase(feedback_total{model=~"$model|other"}[1m])) > 0`,
              legend: "{{outcome}} {{model}}",
            },
          ],
          unit: "short",
        },
        { stacked: "sum", bars: true },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Disparate impact",
          description:
            "Rate of favourable predictions in a group over that in the privileged one, last 24 hours; only where a version names groups. Fair is 0.8 to 1.25.",
          queries: [{ expr: `model_disparate_impact_ratio{${MODEL}}`, legend: "{{model}} {{version}} {{group}}" }],
          unit: "short",
          width: 12,
        },
        { limit: { bad: DISPARATE_IMPACT_MIN, isLowBad: true } },
      ),
    )
    .withPanel(
      timeSeries({
        title: "Classifiers",
        description: "Accuracy of the predictions of the last 24 hours whose truth has come.",
        queries: [{ expr: `model_accuracy{${MODEL}}`, legend: "{{model}} {{version}}" }],
        unit: "percentunit",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "RMSE estimated without truth",
        description:
          "An estimate: what the version's error model expects of the predictions of the last 24 hours, beside the RMSE of those whose truth has come. It follows a shift of the inputs, not a change of the world at the same inputs.",
        queries: [
          { expr: `model_rmse_estimated{${MODEL}}`, legend: "{{model}} {{version}} estimate" },
          { expr: `model_rmse{${MODEL}}`, legend: "{{model}} {{version}} true" },
        ],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Retraining",
        description: "Runs that ended within an hour by outcome, runs under way, and suggestions that wait for a person.",
        queries: [
          {
            expr: `sum by (model, outcome) (increase(retrain_runs_total{${MODEL}}[1h])) > 0`,
            legend: "{{model}} {{outcome}}",
          },
          { expr: `retrain_running{${MODEL}}`, legend: "{{model}} under way" },
          { expr: `retrain_suggestions{${MODEL}}`, legend: "{{model}} suggested" },
        ],
        unit: "short",
        width: 12,
      }),
    );
}

/** The four-fifths rule (29 CFR 1607.4 D). */
const DISPARATE_IMPACT_MIN = 0.8;
