/** Every dashboard as the text of its file in ops/grafana/generated, which Grafana reads. */
import { drift } from "./drift.ts";
import { metricsPath } from "./metrics-path.ts";
import { models } from "./models.ts";
import { overview } from "./overview.ts";
import { quality } from "./quality.ts";
import { releases } from "./releases.ts";

/** File name to content. */
export function dashboardFiles(): Map<string, string> {
  const dashboards = { overview, releases, models, drift, quality, "metrics-path": metricsPath };
  return new Map(
    Object.entries(dashboards).map(([name, make]) => [`${name}.json`, `${JSON.stringify(make().build(), null, 2)}\n`]),
  );
}
