/**
 * Metric families as text: Prometheus text format 0.0.4 and OpenMetrics 1.0. A value that the format or its type does not allow is left out and
 * counted, so that one wrong number never makes a whole scrape unreadable. Knows nothing of where values come from.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import type { MetricFamily } from "./metric-family.ts";

export type ExpositionFormat = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Record<ExpositionFormat, string> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The format that an Accept header prefers; Prometheus text where it does not say. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  const weights = { prometheus: 0, openmetrics: 0 };
  for (const part of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = part.split(";").map((text) => text.trim());
    const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice("version=".length);
    const weight = Number(parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1");
    if (!(weight >= 0 && weight <= 1)) continue;
    const isOpenMetrics =
      type === "application/openmetrics-text" && (version === undefined || version.startsWith("1.0") || version === "0.0.1");
    const isText = type === "text/plain" || type === "text/*" || type === "*/*";
    if (isOpenMetrics) weights.openmetrics = Math.max(weights.openmetrics, weight);
    if (isText) weights.prometheus = Math.max(weights.prometheus, weight);
  }
  return weights.openmetrics > weights.prometheus ? "openmetrics" : "prometheus";
}

export interface Exposition {
  text: string;
  /** Series that were left out, because their value is none. */
  refused: string[];
}

export function renderExposition(families: readonly MetricFamily[], format: ExpositionFormat): Exposition {
  const lines: string[] = [];
  const refused: string[] = [];
  for (const family of families) {
    const name = format === "openmetrics" && family.type === "counter" ? family.name.replace(/_total$/, "") : family.name;
    lines.push(`# HELP ${name} ${escapeHelp(family.help, format)}`, `# TYPE ${name} ${family.type}`);
    const created = format === "openmetrics" && family.createdAtMs !== undefined ? seconds(family.createdAtMs) : undefined;
    for (const [text, value] of family.series) {
      if (!isExposable(family, value)) {
        refused.push(text);
        continue;
      }
      lines.push(`${text} ${number(value)}`);
      const rest = created === undefined ? undefined : createdOf(family, text);
      if (rest !== undefined) lines.push(`${name}_created${rest} ${created}`);
    }
  }
  if (format === "openmetrics") lines.push("# EOF");
  return { text: `${lines.join("\n")}\n`, refused };
}

/** Labels of the series' `_created` line, when it is the series that carries one: a counter's only, a histogram's last. */
function createdOf({ name, type }: MetricFamily, text: string): string | undefined {
  if (type === "counter") return text.slice(name.length);
  const count = `${name}_count`;
  return type === "histogram" && text.startsWith(count) ? text.slice(count.length) : undefined;
}

/** A counter's total is a finite number that is not negative; so are all parts of a histogram of times. A gauge is any number. */
const isExposable = ({ type }: MetricFamily, value: number): boolean =>
  type === "gauge" ? !Number.isNaN(value) : Number.isFinite(value) && value >= 0;

const number = (value: number): string => (value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value));

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return format === "openmetrics" ? escaped.replaceAll('"', '\\"') : escaped;
}
