/** Every metric and label that ops/ asks Prometheus for is one that Edgewise exposes (contract/metric-names.ts), records, or Prometheus adds. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CONTROL_PLANE_METRICS, EDGE_METRICS, type MetricDefinition } from "../contract/metric-names.ts";
import { namesIn } from "./harness/promql-names.ts";

const REPOSITORY = join(import.meta.dirname, "..");
const EXPOSED: Record<string, MetricDefinition> = { ...EDGE_METRICS, ...CONTROL_PLANE_METRICS };
/** Prometheus's and Alertmanager's own, and what prom-client reports of the Node process. */
const NOT_OURS = /^(ALERTS|ALERTS_FOR_STATE|scrape_\w+|prometheus_\w+|alertmanager_\w+|process_\w+|nodejs_\w+)$/;
/** Labels that Prometheus or a shard's exposition adds to any metric, and those of ALERTS. */
const ADDED_LABELS = ["job", "instance", "shard"];
const ALERT_LABELS = ["alertname", "alertstate", "severity", "service", "concern"];

const read = (path: string): unknown => {
  const text = readFileSync(join(REPOSITORY, path), "utf8");
  return path.endsWith(".json") ? JSON.parse(text) : parse(text);
};
const files = globSync("ops/{prometheus,alertmanager,grafana/generated}/**/*.{yml,yaml,json}", { cwd: REPOSITORY });
const expressions = files.flatMap((path) => expressionsIn(read(path)).map((expression) => ({ path, expression })));
const recorded = new Set(files.flatMap((path) => (path.startsWith("ops/prometheus/") ? valuesOf(read(path), "record") : [])));

/** The metric that a series belongs to: a histogram has three. */
function definitionOf(name: string): (MetricDefinition & { series: "whole" | "bucket" | "part" }) | undefined {
  const whole = EXPOSED[name];
  if (whole) return { ...whole, series: "whole" };
  const [, base = "", suffix = ""] = /^(.+)_(bucket|sum|count)$/.exec(name) ?? [];
  const histogram = EXPOSED[base];
  if (histogram?.type !== "histogram") return undefined;
  return { ...histogram, series: suffix === "bucket" ? "bucket" : "part" };
}

const isKnown = (name: string): boolean => {
  const definition = definitionOf(name);
  // A histogram has no series of its bare name.
  if (definition) return !(definition.type === "histogram" && definition.series === "whole");
  return recorded.has(name) || NOT_OURS.test(name);
};

describe("the names in ops/", () => {
  it("are looked for where there are some", () => {
    expect(expressions.length).toBeGreaterThan(50);
    expect(recorded.size).toBeGreaterThan(10);
  });

  it("name only metrics that exist", () => {
    const unknown = expressions.flatMap(({ path, expression }) =>
      namesIn(expression)
        .metrics.filter((name) => !isKnown(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("select only labels that the metric has", () => {
    const unknown = expressions.flatMap(({ path, expression }) =>
      namesIn(expression).selected.flatMap(({ metric, labels }) => {
        const definition = definitionOf(metric);
        if (!definition) return [];
        const known = [...definition.labels, ...ADDED_LABELS, ...(definition.series === "bucket" ? ["le"] : [])];
        return labels.filter((label) => !known.includes(label)).map((label) => `${path}: ${metric}{${label}}`);
      }),
    );
    expect(unknown).toEqual([]);
  });

  it("group only by labels that some metric has", () => {
    const known = new Set([
      ...Object.values(EXPOSED).flatMap(({ labels }) => [...labels]),
      ...ADDED_LABELS,
      ...ALERT_LABELS,
      "le",
    ]);
    const unknown = expressions.flatMap(({ path, expression }) =>
      namesIn(expression)
        .grouped.filter((label) => !known.has(label))
        .map((label) => `${path}: ${label}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe("namesIn", () => {
  it("tells metrics and labels from functions, numbers, durations, operators and strings", () => {
    const names = namesIn(
      'histogram_quantile(0.95, sum by (le) (rate(a_bucket{b=~"c_d", e!="f"}[5m] offset 1h))) > 1e3 or on (g) h:i / nan # j',
    );
    expect(names).toEqual({
      metrics: ["a_bucket", "h:i"],
      selected: [{ metric: "a_bucket", labels: ["b", "e"] }],
      grouped: ["le", "g"],
    });
  });
});

// --- Finding expressions in parsed files ---

function expressionsIn(document: unknown): string[] {
  return ["expr", "series"].flatMap((key) => valuesOf(document, key));
}

/** All strings under `key`, however deep. */
function valuesOf(node: unknown, key: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === key && typeof value === "string" ? [value] : valuesOf(value, key),
  );
}
