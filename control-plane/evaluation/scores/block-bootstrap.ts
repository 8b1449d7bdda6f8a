/**
 * Bootstrap interval of the difference between two versions on the same rows. Rows that follow each other (the hours of one station) are not
 * independent, so blocks of consecutive rows are drawn, not single rows (Künsch 1989, with fixed blocks as in Carlstein 1986); a set of fewer rows than
 * blocks has blocks of one row, which is the ordinary paired bootstrap. Pure; randomness comes in.
 */
import type { Random } from "../../inspection/seeded-random.ts";

export const BLOCKS_MAX = 1000;

/** Sums of a block: of the candidate's losses, of production's, of the weights. */
export interface Block {
  candidate: number;
  production: number;
  weight: number;
}

export interface Interval {
  difference: number;
  low: number;
  high: number;
}

/** Rows of a block, so that `rows` make no more than BLOCKS_MAX of them. */
export const blockRowsOf = (rows: number): number => Math.max(1, Math.ceil(rows / BLOCKS_MAX));

/**
 * `metric` makes a metric of a mean loss: the square root for RMSE. The interval is the percentile one (Efron 1979): of `resamples` differences, the
 * (1 − level)/2 and (1 + level)/2 quantiles. Undefined where no weight was counted.
 */
export function bootstrapDifference(
  blocks: readonly Block[],
  metric: (meanLoss: number) => number,
  { resamples, level, random }: { resamples: number; level: number; random: Random },
): Interval | undefined {
  // Columns, because every resample goes over all blocks in another order.
  const sums: BlockSums = {
    candidate: Float64Array.from(blocks, ({ candidate }) => candidate),
    production: Float64Array.from(blocks, ({ production }) => production),
    weight: Float64Array.from(blocks, ({ weight }) => weight),
  };
  const picks = Uint32Array.from(blocks.keys());
  const difference = differenceOf(sums, picks, metric);
  if (!Number.isFinite(difference)) return undefined;
  const drawn = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    for (let at = 0; at < picks.length; at++) picks[at] = Math.floor(random() * picks.length);
    drawn[resample] = differenceOf(sums, picks, metric);
  }
  // NaN, of a resample without weight, sorts to the end and would only widen the interval.
  drawn.sort();
  const at = (share: number): number => drawn[Math.min(resamples - 1, Math.floor(share * resamples))] as number;
  const [low, high] = [at((1 - level) / 2), at((1 + level) / 2)];
  return Number.isFinite(low) && Number.isFinite(high) ? { difference, low, high } : undefined;
}

type BlockSums = Record<keyof Block, Float64Array>;

function differenceOf(sums: BlockSums, picks: Uint32Array, metric: (meanLoss: number) => number): number {
  let candidate = 0;
  let production = 0;
  let weight = 0;
  for (let at = 0; at < picks.length; at++) {
    const block = picks[at] as number;
    candidate += sums.candidate[block] as number;
    production += sums.production[block] as number;
    weight += sums.weight[block] as number;
  }
  return metric(candidate / weight) - metric(production / weight);
}
