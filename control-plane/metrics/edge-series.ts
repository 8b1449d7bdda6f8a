/**
 * Which of the edge's series are exposed, under which family, in which order. A series whose name or labels are not exactly those of
 * contract/metric-names.ts is not: what the edge says is another process's word. Pure.
 */
import {
  EDGE_BUCKETS,
  EDGE_METRICS,
  type EdgeHistogramName,
  type EdgeMetricName,
  type MetricDefinition,
} from "../../contract/metric-names.ts";
import { bucketLabel, parseSeriesText, seriesText } from "../../contract/series-text.ts";

export interface EdgeSeries {
  family: EdgeMetricName;
  /** Sorts the series of a family: a histogram's by labels first, then buckets ascending, sum, count. */
  order: string;
}

/** The place of a series, given by its text; undefined when it is not one of ours. Costs about 2 µs: known-series.ts keeps what it said. */
export function placeOf(text: string): EdgeSeries | undefined {
  const series = parseSeriesText(text);
  if (!series) return undefined;
  const { name, labels } = series;
  // Another spelling of the same series would be a second line of it. Only its order can differ: a value has one escaped form.
  if (!isSorted(Object.keys(labels))) return undefined;
  const [, base = name, part] = /^(.*)_(bucket|sum|count)$/.exec(name) ?? [];
  const isPart = definitionOf(base)?.type === "histogram" && part !== undefined;
  const family = isPart ? base : name;
  const definition = definitionOf(family);
  if (!definition || (definition.type === "histogram") !== isPart) return undefined;
  const { le, ...rest } = labels;
  if ((part === "bucket" && isPart) !== (le !== undefined) || !hasExactly(rest, definition.labels)) return undefined;
  if (!isPart) return { family: family as EdgeMetricName, order: text };
  const rank = part === "bucket" ? boundsOf(family).indexOf(le as string) : part === "sum" ? 98 : 99;
  if (rank < 0) return undefined;
  return { family: family as EdgeMetricName, order: `${seriesText("", rest)}\u0000${String(rank).padStart(2, "0")}` };
}

const isSorted = (names: readonly string[]): boolean =>
  names.every((name, index) => index === 0 || (names[index - 1] as string) < name);

const definitionOf = (name: string): MetricDefinition | undefined =>
  Object.hasOwn(EDGE_METRICS, name) ? EDGE_METRICS[name as EdgeMetricName] : undefined;

const hasExactly = (labels: Record<string, string>, names: readonly string[]): boolean =>
  Object.keys(labels).length === names.length && names.every((name) => Object.hasOwn(labels, name));

const BOUNDS = Object.fromEntries(
  Object.entries(EDGE_BUCKETS).map(([name, bounds]) => [name, [...bounds, Infinity].map(bucketLabel)]),
) as Record<EdgeHistogramName, string[]>;

const boundsOf = (family: string): readonly string[] => BOUNDS[family as EdgeHistogramName];
