/**
 * A series as text, in Prometheus's own form with its labels sorted by name: `model_loads_total{model="m",version="v1"}`. How series travel from
 * isolate to shard to control plane, and what a line of the exposition begins with. Text form only: no values, no meaning.
 */

export interface Series {
  name: string;
  labels: Record<string, string>;
}

export const escapeLabelValue = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

/** Text form of a series; `labels` in any order. */
export function seriesText(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .toSorted()
    .map((label) => `${label}="${escapeLabelValue(labels[label] as string)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

const SERIES = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})?$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;
/** Text that could not be told from a whole character once it is encoded as UTF-8. */
const isWellFormed = (text: string): boolean => text.isWellFormed();

/** The series that a text names; undefined for any text that `seriesText` cannot have made of a well-formed series. */
export function parseSeriesText(text: string): Series | undefined {
  const [, name, inner] = SERIES.exec(text) ?? [];
  if (name === undefined || !isWellFormed(text)) return undefined;
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [match, label = "", value = ""] of (inner ?? "").matchAll(LABEL)) {
    if (label in labels) return undefined;
    labels[label] = value.includes("\\") ? unescaped(value) : value;
    end += match.length;
  }
  if (end !== (inner ?? "").length || inner?.endsWith(",")) return undefined;
  return { name, labels };
}

const unescaped = (value: string): string =>
  value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));

/** A bucket's bound as its `le` label, in OpenMetrics' canonical form: `0.1`, `1.0`, `+Inf`. */
export const bucketLabel = (upperBound: number): string =>
  upperBound === Infinity ? "+Inf" : Number.isInteger(upperBound) ? `${upperBound}.0` : String(upperBound);
