/** What a page draws of two samples: a histogram of equal widths, values at equal shares; and the reference's standard deviation. Pure. */
import { countAtMost, type SortedSample } from "../statistics/sorted-sample.ts";

export interface Histogram {
  /** One more than the counts. */
  edges: number[];
  reference: number[];
  current: number[];
}

export interface Quantiles {
  shares: number[];
  reference: number[];
  current: number[];
}

const BARS = 40;
/** Beyond this share at either end values are counted in the outermost bar, so that one stray value does not flatten the rest. */
const TAIL_SHARE = 0.005;
const SHARES = [0.01, ...Array.from({ length: 49 }, (_, at) => (at + 1) / 50), 0.99];

/** Over the range of both but for their tails. A range of a single value, or one too wide for a double, has one bar. */
export function histogramOf(reference: SortedSample, current: SortedSample): Histogram {
  const low = Math.min(valueAt(reference, TAIL_SHARE), valueAt(current, TAIL_SHARE));
  const high = Math.max(valueAt(reference, 1 - TAIL_SHARE), valueAt(current, 1 - TAIL_SHARE));
  const width = (high - low) / BARS;
  const edges =
    width > 0 && Number.isFinite(width)
      ? Array.from({ length: BARS + 1 }, (_, at) => (at === BARS ? high : low + at * width))
      : [low, high];
  const countsOf = (sample: SortedSample): number[] => {
    const atMost = edges.map((edge) => countAtMost(sample, edge));
    atMost[0] = 0;
    atMost[atMost.length - 1] = sample.length;
    return atMost.slice(1).map((count, at) => count - (atMost[at] as number));
  };
  return { edges, reference: countsOf(reference), current: countsOf(current) };
}

export const quantilesOf = (reference: SortedSample, current: SortedSample): Quantiles => ({
  shares: SHARES,
  reference: SHARES.map((share) => valueAt(reference, share)),
  current: SHARES.map((share) => valueAt(current, share)),
});

/** Of the sample itself, not an estimate of anything larger. */
export function standardDeviation(sample: SortedSample): number {
  let sum = 0;
  for (let at = 0; at < sample.length; at++) sum += sample[at] as number;
  const mean = sum / sample.length;
  let squares = 0;
  for (let at = 0; at < sample.length; at++) squares += ((sample[at] as number) - mean) ** 2;
  return Math.sqrt(squares / sample.length);
}

/** The smallest value that at least this share of the sample does not exceed. */
const valueAt = (sample: SortedSample, share: number): number =>
  sample[Math.min(sample.length - 1, Math.max(0, Math.ceil(share * sample.length) - 1))] as number;
