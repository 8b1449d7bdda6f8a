/**
 * Shows a series that is new as 0 first and with its value a moment later. Prometheus cannot know that a series which appears with 3 has
 * risen by 3: `increase()` would miss whatever came before the first sample. Since when a series is known: known-series.ts. Pure.
 */

/** Longer than the scrape interval of 5 s, so that each of several scrapers meets the 0. */
export const ZERO_SHOWN_MS = 6_000;

export const shownValue = (sinceMs: number, value: number, atMs: number): number => (atMs - sinceMs >= ZERO_SHOWN_MS ? value : 0);
