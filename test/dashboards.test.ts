/** The dashboards: what is committed is what their source generates, in the form that Grafana provisions, with the numbers of the alerts and the SLA. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { WASM_MEMORY_PAGES_MAX } from "../contract/limits.ts";
import { CONTROL_PLANE_METRICS, EDGE_METRICS } from "../contract/metric-names.ts";
import { CONVERGED_RATIO as CONVERGED_RATIO_OF_METRICS } from "../control-plane/metrics/convergence.ts";
import { readConfig } from "../control-plane/config.ts";
import { dashboardFiles } from "../ops/grafana/dashboards/all-dashboards.ts";
import { PSI_SIGNIFICANT } from "../ops/grafana/dashboards/drift.ts";
import { SCRAPE_AGE_SECONDS_MAX } from "../ops/grafana/dashboards/metrics-path.ts";
import { WASM_MEMORY_BYTES_MAX } from "../ops/grafana/dashboards/models.ts";
import { ERROR_RATIO_ALERT, P95_TARGET_SECONDS, RMSE_TARGET } from "../ops/grafana/dashboards/overview.ts";
import { CONVERGED_RATIO } from "../ops/grafana/dashboards/releases.ts";
import { dashboardQueries, dashboards, type Panel } from "./harness/dashboards.ts";

const OPS = join(import.meta.dirname, "../ops");
const read = (path: string): string => readFileSync(join(OPS, path), "utf8");

interface DataSources {
  datasources: { uid: string; type: string; url: string; isDefault?: boolean }[];
}
const { datasources } = parse(read("grafana/provisioning/datasources/edgewise.yaml")) as DataSources;
const panelsOf = dashboards.flatMap(({ file, dashboard }) => dashboard.panels.map((panel) => ({ file, panel })));
const panelNamed = (title: string): Panel => {
  const found = panelsOf.find(({ panel }) => panel.title === title);
  if (!found) throw new Error(`no panel is called ${title}`);
  return found.panel;
};

it("are committed as their source generates them: npm run dashboards:generate", () => {
  expect(new Map(dashboards.map(({ file, text }) => [file, text]))).toEqual(dashboardFiles());
});

describe("the provisioned form", () => {
  it.each(dashboards)("of $file has a uid of its own and nothing that an export leaves to be asked", ({ text, dashboard }) => {
    expect(dashboards.filter(({ dashboard: { uid } }) => uid === dashboard.uid)).toHaveLength(1);
    expect(dashboard).not.toHaveProperty("id");
    expect(text).not.toMatch(/__inputs|__requires|\$\{DS_/);
  });

  it("names only data sources that are provisioned, by uid and type", () => {
    const known = datasources.map(({ uid, type }) => ({ uid, type }));
    for (const { dashboard } of dashboards) {
      const named = [
        ...dashboard.panels.flatMap(({ datasource, targets }) => [datasource, ...targets.map((target) => target.datasource)]),
        ...dashboard.annotations.list.map(({ datasource }) => datasource),
        ...(dashboard.templating.list ?? []).map(({ datasource }) => datasource),
      ];
      for (const source of named) expect(known).toContainEqual(source);
    }
    expect(datasources.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it("is read from where compose mounts it, and asks what compose starts", () => {
    const { providers } = parse(read("grafana/provisioning/dashboards/edgewise.yaml")) as {
      providers: { options: { path: string } }[];
    };
    const { services } = parse(read("compose.yaml")) as { services: Record<string, { volumes: string[]; command?: string[] }> };
    const mounts = services["grafana"]?.volumes ?? [];
    for (const { options } of providers) expect(mounts).toContain(`./grafana/generated:${options.path}:ro`);
    expect(mounts).toContain("./grafana/provisioning:/etc/grafana/provisioning:ro");
    const addresses = read("compose.yaml") + read("loki/loki.yml");
    for (const { url } of datasources) expect(addresses).toMatch(new RegExp(`: ?(127.0.0.1:)?${new URL(url).port}\\b`));
  });
});

describe("every panel", () => {
  it.each(panelsOf)("$panel.title of $file says what it shows, in which unit", ({ panel }) => {
    expect(panel.description).toMatch(/\w{3}.*\.$/s);
    expect(panel.fieldConfig.defaults.unit).toBeTruthy();
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
  });

  it("lies beside the others, not over them and without a hole", () => {
    for (const { dashboard } of dashboards) {
      const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
      );
      expect(new Set(cells).size, dashboard.title).toBe(cells.length);
      for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect(cells.length, dashboard.title).toBe(24 * Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h)));
    }
  });
});

it("have the panels that were asked for, of the kind that was asked for", () => {
  const kinds = {
    "Request rate": "timeseries",
    "P95 latency": "gauge",
    "Error rate": "timeseries",
    "Active alerts": "table",
    "SLA compliance": "gauge",
    "Requests in the last 24 h": "stat",
    "Error timeline": "timeseries",
    "Model performance trend": "timeseries",
    "Versions over time": "timeseries",
    Convergence: "timeseries",
    "Data centres": "timeseries",
    "Live quality": "timeseries",
    PSI: "timeseries",
    "Most drifted": "table",
  };
  expect(Object.fromEntries(Object.keys(kinds).map((title) => [title, panelNamed(title).type]))).toEqual(kinds);
});

describe("numbers", () => {
  const limitOf = (title: string): number | null | undefined =>
    panelNamed(title).fieldConfig.defaults.thresholds?.steps.at(-1)?.value;
  const { groups } = parse(read("prometheus/alert_rules.yml")) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const expressionOf = (alert: string): string =>
    groups.flatMap(({ rules }) => rules).find((rule) => rule.alert === alert)?.expr ?? "";

  it("are those of the alerts and of the SLA", () => {
    const config = readConfig({ CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:1" }, false);
    const targets = config.ok ? config.value.slaTargets : undefined;
    expect([limitOf("P95 latency"), limitOf("Latency"), targets?.p95Seconds]).toEqual(Array(3).fill(P95_TARGET_SECONDS));
    expect(expressionOf("P95LatencyOverTarget")).toMatch(new RegExp(`> ${P95_TARGET_SECONDS}$`));
    expect(limitOf("Error rate")).toBe(ERROR_RATIO_ALERT);
    expect(expressionOf("HighErrorRate")).toMatch(new RegExp(`> ${ERROR_RATIO_ALERT}$`));
    expect(limitOf("SLA coverage")).toBe(targets?.coverageRatioMin);
    expect(expressionOf("ReleaseNotConverging")).toMatch(new RegExp(`< ${CONVERGED_RATIO}$`));
    expect(CONVERGED_RATIO).toBe(CONVERGED_RATIO_OF_METRICS);
    expect(expressionOf("EdgeUnreachable")).toContain(`> ${SCRAPE_AGE_SECONDS_MAX}`);
    expect([limitOf("Model performance trend"), targets?.rmse]).toEqual([RMSE_TARGET, RMSE_TARGET]);
    expect(expressionOf("FeatureDriftSignificant")).toContain(`drift_psi >= ${PSI_SIGNIFICANT}\n`);
    expect(WASM_MEMORY_BYTES_MAX).toBe(WASM_MEMORY_PAGES_MAX * 65_536);
  });

  it("name in a variable only a metric and a label that exist", () => {
    const metrics: Record<string, { labels: readonly string[] }> = { ...EDGE_METRICS, ...CONTROL_PLANE_METRICS };
    for (const { dashboard } of dashboards) {
      for (const { definition = "" } of dashboard.templating.list ?? []) {
        const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
        expect(metrics[metric]?.labels).toContain(label);
      }
    }
    expect(dashboardQueries.filter(({ expr }) => expr.includes("$"))).toEqual([]);
  });
});
