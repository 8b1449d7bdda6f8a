/** Which rows and features a tree sees. Drawn from a seeded generator: the same seed, the same trees. */
import type { Random } from "../inspection/seeded-random.ts";

/** Each row with probability `share` of its own, as XGBoost's uniform sampling; ascending, and never none. */
export function sampleRows(rows: number, share: number, random: Random): Int32Array {
  const sampled = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (share === 1 || random() < share) sampled[count++] = row;
  return count > 0 ? sampled.slice(0, count) : Int32Array.of(Math.floor(random() * rows));
}

/** A fixed number of features without repetition, one at least; ascending. */
export function sampleFeatures(features: number, share: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: features }, (_, feature) => feature);
  if (share === 1) return all;
  const count = Math.max(1, Math.floor(features * share));
  // The first `count` places of a Fisher-Yates shuffle.
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (features - at));
    [all[at], all[other]] = [all[other] as number, all[at] as number];
  }
  return all.slice(0, count).toSorted();
}
