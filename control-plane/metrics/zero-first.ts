/**
 * Shows a series that is new as 0 first and with its value a moment later. Prometheus cannot know that a series which appears with 3 has
 * risen by 3: `increase()` would miss whatever came before the first sample. Pure.
 */

/** Longer than the scrape interval of 5 s, so that each of several scrapers meets the 0. */
export const ZERO_SHOWN_MS = 6_000;

/** Since when each series has been known; those that were there when the counting was first seen whole have no such moment. */
export type SeriesAges = ReadonlyMap<string, number>;

export function noteSeries(ages: SeriesAges | undefined, texts: Iterable<string>, atMs: number): SeriesAges {
  const next = new Map(ages);
  const sinceMs = ages === undefined ? -Infinity : atMs;
  for (const text of texts) if (!next.has(text)) next.set(text, sinceMs);
  return next;
}

export function shownValue(ages: SeriesAges, text: string, value: number, atMs: number): number {
  const sinceMs = ages.get(text) ?? atMs;
  return atMs - sinceMs >= ZERO_SHOWN_MS ? value : 0;
}
