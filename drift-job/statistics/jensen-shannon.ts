/**
 * The Jensen-Shannon distance of two rows of counts over the same bins: the square root of the mean divergence (base 2) of each from their
 * mean. In [0, 1], symmetric, a metric, and finite with empty bins. As scipy's `spatial.distance.jensenshannon(base=2)`.
 */

/** @returns undefined when either side is empty */
export function jensenShannon(reference: ArrayLike<number>, current: ArrayLike<number>): number | undefined {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`);
  const referenceRows = Array.from(reference).reduce((sum, count) => sum + count, 0);
  const currentRows = Array.from(current).reduce((sum, count) => sum + count, 0);
  if (!(referenceRows > 0 && currentRows > 0)) return undefined;
  let divergence = 0;
  for (let at = 0; at < reference.length; at++) {
    const p = (reference[at] as number) / referenceRows;
    const q = (current[at] as number) / currentRows;
    const mean = (p + q) / 2;
    if (p > 0) divergence += p * Math.log2(p / mean);
    if (q > 0) divergence += q * Math.log2(q / mean);
  }
  return Math.sqrt(Math.max(0, divergence / 2));
}
