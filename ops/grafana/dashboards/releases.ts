/** How releases travel: which version answers, how far the newest generation has come and in which data centres, what was done when. */
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, MODEL } from "./dashboard.ts";
import { singleValue, tablePanel, timeSeries } from "./panel-kinds.ts";

/** Share of requests at which a release counts as arrived, and below which ReleaseNotConverging fires after 5 minutes. */
export const CONVERGED_RATIO = 0.99;

export function releases(): DashboardBuilder {
  const description =
    'Deploys and rollbacks are the blue marks. "Everywhere" takes as long as KV does: 60 s or more in production.';
  return dashboard({ uid: "edgewise-releases", title: "Edgewise: releases", description }, { hasModels: true })
    .withPanel(
      timeSeries(
        {
          title: "Versions over time",
          description: "Share of the prediction requests that each version answered, over a minute.",
          queries: [
            { expr: `sum by (model, version) (rate(release_requests_total{${MODEL}}[1m])) > 0`, legend: "{{model}} {{version}}" },
          ],
          unit: "reqps",
          width: 12,
        },
        { stacked: "share" },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Generations over time",
          description: "The same by release generation: a rollback is a new generation that names an old version.",
          queries: [
            {
              expr: `sum by (model, generation) (rate(release_requests_total{${MODEL}}[1m])) > 0`,
              legend: "{{model}} generation {{generation}}",
            },
          ],
          unit: "reqps",
          width: 12,
        },
        { stacked: "share" },
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: "Convergence",
          description:
            "Share of requests that the newest published generation answered: since the previous scrape, and over 2 minutes. Nothing without requests.",
          queries: [
            { expr: `release_convergence_ratio{${MODEL}}`, legend: "{{model}} now" },
            { expr: `model:newest_generation:ratio_rate2m{${MODEL}}`, legend: "{{model}} 2 minutes" },
          ],
          unit: "percentunit",
        },
        { limit: { bad: CONVERGED_RATIO, isLowBad: true } },
      ).max(1),
    )
    .withPanel(
      timeSeries(
        {
          title: "Data centres",
          description: "With requests since the previous scrape: on the newest generation, or behind it.",
          queries: [{ expr: `sum by (state) (release_colos{${MODEL}})`, legend: "{{state}}" }],
          unit: "short",
        },
        { stacked: "sum" },
      ),
    )
    .withPanel(
      timeSeries({
        title: "Requests by data centre",
        description: "Prediction requests per second, the ten busiest.",
        queries: [{ expr: `topk(10, sum by (colo) (rate(release_requests_total{${MODEL}}[1m])))`, legend: "{{colo}}" }],
        unit: "reqps",
      }),
    )
    .withPanel(
      singleValue({
        title: "Seconds to 99 %",
        description:
          "From the publication of the newest generation until it answered 99 % of requests; nothing until then, or when nobody watched it.",
        queries: [{ expr: `release_convergence_seconds{${MODEL}}`, legend: "{{model}}" }],
        unit: "s",
        width: 6,
      }),
    )
    .withPanel(
      singleValue(
        {
          title: "Publications waiting",
          description:
            "What the edge's storage does not have yet. It goes on trying by itself; lasting: see ReleaseNotPublished in the runbook.",
          queries: [{ expr: "outbox_pending", legend: "waiting" }],
          unit: "short",
          width: 6,
        },
        { bad: 1 },
      ),
    )
    .withPanel(
      singleValue({
        title: "Acts in the last 24 h",
        description: "From the audit log.",
        queries: [{ expr: `sum by (act) (increase(release_acts_total{${MODEL}}[24h]))`, legend: "{{act}}" }],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      timeSeries({
        title: "Generations wanted and published",
        description:
          "What the registry wants served, and what the edge's storage has. Apart for more than moments: a release or rollback has no effect.",
        queries: [
          { expr: `release_generation{${MODEL}}`, legend: "{{model}} wanted" },
          { expr: `release_published_generation{${MODEL}}`, legend: "{{model}} published" },
        ],
        unit: "short",
        width: 12,
      }),
    )
    .withPanel(
      tablePanel(
        {
          title: "Versions in the registry",
          description: "By stage.",
          queries: [{ expr: `registry_versions{${MODEL}} > 0` }],
          unit: "short",
          width: 12,
        },
        { model: "Model", stage: "Stage", Value: "Versions" },
      ),
    );
}
