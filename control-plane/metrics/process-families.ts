/** The Node process itself: prom-client's default metrics from a registry of our own, as families that the exposition renders. */
import { collectDefaultMetrics, Registry } from "prom-client";
import { bucketLabel, seriesText } from "../../contract/series-text.ts";
import type { MetricFamily } from "./metric-family.ts";

/** Gauges named like counters, which say nothing that `nodejs_active_resources` and its like do not. */
const LEFT_OUT = /^nodejs_active_\w+_total$/;

/** A function that reads them; collecting begins with the call. */
export function processFamilies(): () => Promise<MetricFamily[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return async function readProcessFamilies() {
    const metrics = await registry.getMetricsAsJSON();
    return metrics.flatMap(({ name, help, type, values }) => {
      const kind = String(type);
      if (LEFT_OUT.test(name) || (kind !== "counter" && kind !== "gauge" && kind !== "histogram")) return [];
      const series = (values as { metricName?: string; value: number; labels: Record<string, string | number> }[]).map(
        ({ metricName = name, value, labels }): [string, number] => [seriesText(metricName, textLabels(labels)), value],
      );
      return [{ name, type: kind, help, series }];
    });
  };
}

const textLabels = (labels: Record<string, string | number>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name,
      name === "le" ? bucketLabel(Number(String(value).replace("+Inf", "Infinity"))) : String(value),
    ]),
  );
