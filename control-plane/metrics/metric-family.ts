/** A metric as it is about to be exposed: its definition and the current value of each of its series. Data only. */
import type { MetricDefinition } from "../../contract/metric-names.ts";
import { seriesText } from "../../contract/series-text.ts";

export interface MetricFamily {
  name: string;
  type: MetricDefinition["type"];
  help: string;
  /** When the counting began; for counters and histograms that have begun again since. */
  createdAtMs?: number;
  /** Series text and value, in the order in which they are shown; a histogram's buckets ascending, then sum and count. */
  series: readonly (readonly [text: string, value: number])[];
}

/** Values of one metric by its labels. */
export function familyOf(
  name: string,
  { type, help }: MetricDefinition,
  values: readonly { labels: Readonly<Record<string, string>>; value: number }[],
): MetricFamily {
  return { name, type, help, series: values.map(({ labels, value }) => [seriesText(name, labels), value]) };
}
