/**
 * The first Wasserstein distance of two samples, ∫ |F(x) − G(x)| dx: how far, on average and in the feature's own unit, values have to move
 * for one sample to become the other. As scipy's `wasserstein_distance`.
 */
import type { SortedSample } from "./sorted-sample.ts";

/** O(n + m). Infinite only where the distance itself exceeds the largest double. */
export function wasserstein(reference: SortedSample, current: SortedSample): number {
  const n = reference.length;
  const m = current.length;
  let i = 0;
  let j = 0;
  let distance = 0;
  let value = Math.min(reference[0] as number, current[0] as number);
  while (i < n || j < m) {
    const fromReference = j === m || (i < n && (reference[i] as number) <= (current[j] as number));
    const next = (fromReference ? reference[i] : current[j]) as number;
    if (next > value) {
      distance += Math.abs(i / n - j / m) * (next - value);
      value = next;
    }
    if (fromReference) i++;
    else j++;
  }
  return distance;
}
