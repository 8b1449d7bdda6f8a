/**
 * The series that the edge has ever counted: since when each is known, and in which order they are exposed. Kept from one look to the next, because reading
 * and sorting 100,000 texts costs more than showing their values. Holds exactly the series that are carried forward, and no values. Pure.
 */
import type { EdgeMetricName } from "../../contract/metric-names.ts";
import { placeOf } from "./edge-series.ts";

export interface KnownOne {
  text: string;
  /** Place among its family's series (edge-series.ts). */
  order: string;
  /** -Infinity for what was there when the counting was first seen whole. */
  sinceMs: number;
}

export interface KnownSeries {
  /** By text; undefined for a text that is exposed nowhere. */
  byText: ReadonlyMap<string, KnownOne | undefined>;
  /** Of each family in the order of exposition. */
  ordered: ReadonlyMap<EdgeMetricName, readonly KnownOne[]>;
}

export const NO_SERIES: KnownSeries = { byText: new Map(), ordered: new Map() };

/** What is known once `texts` were seen at `atMs`; `before` undefined: nothing was seen whole yet. The same object when there is nothing new among them. */
export function noteSeries(before: KnownSeries | undefined, texts: Iterable<string>, atMs: number): KnownSeries {
  const known = before ?? NO_SERIES;
  const fresh: string[] = [];
  for (const text of texts) if (!known.byText.has(text)) fresh.push(text);
  if (before && fresh.length === 0) return before;
  const sinceMs = before ? atMs : -Infinity;
  const byText = new Map(known.byText);
  const ordered = new Map(known.ordered);
  const grown = new Map<EdgeMetricName, KnownOne[]>();
  for (const text of fresh) {
    // The same text may come from several shards.
    if (byText.has(text)) continue;
    const place = placeOf(text);
    const one = place && { text, order: place.order, sinceMs };
    byText.set(text, one);
    if (!one) continue;
    const ones = grown.get(place.family) ?? [...(ordered.get(place.family) ?? [])];
    grown.set(place.family, ones);
    ones.push(one);
  }
  for (const [family, ones] of grown) ordered.set(family, ones.toSorted(byOrder));
  return { byText, ordered };
}

const byOrder = (a: KnownOne, b: KnownOne): number => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);
