/**
 * A quantile sketch of values that are not negative: counts in buckets whose bounds grow by a constant factor, so that any quantile is told with
 * a relative error of at most SKETCH_RELATIVE_ERROR (DDSketch: Masson, Rim, Lee, VLDB 2019, https://arxiv.org/abs/1908.10693). Two sketches
 * merge into exactly the one that would have seen both. Ours, because it must be plain JSON that adds up in SQLite and in Node alike.
 */
import * as z from "zod";

export const SKETCH_RELATIVE_ERROR = 0.01;
/** Values up to here are 0. */
export const SKETCH_ZERO_MAX = 1e-9;
/** Beyond it the lowest become one, until SKETCH_BUCKETS_KEPT are left: an upper quantile stays as good as it was. From 1e-6 on, 1,536 reach 2e7. */
export const SKETCH_BUCKETS_MAX = 2048;
/** Fewer than the most, so that folding, which sorts, is not the price of every further value. */
const SKETCH_BUCKETS_KEPT = 1536;

/** Count by bucket: `zero`, else the index k of the bucket (γ^(k-1), γ^k] as text. */
export const quantileSketch = z.record(z.string().regex(/^(zero|-?\d{1,6})$/), z.int().positive());
export type QuantileSketch = z.infer<typeof quantileSketch>;

const GAMMA = (1 + SKETCH_RELATIVE_ERROR) / (1 - SKETCH_RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);

/** Adds one finite value that is not negative to the sketch itself. */
export function addValue(sketch: QuantileSketch, value: number): void {
  const bucket = value <= SKETCH_ZERO_MAX ? "zero" : String(Math.ceil(Math.log(value) / LOG_GAMMA));
  const isNew = !(bucket in sketch);
  addCount(sketch, bucket, 1);
  if (isNew) fold(sketch);
}

/** Adds `other` to the sketch itself. */
export function addSketch(sketch: QuantileSketch, other: QuantileSketch): void {
  for (const [bucket, count] of Object.entries(other)) addCount(sketch, bucket, count);
  fold(sketch);
}

/** The value that a share of `quantile` is not above (nearest rank), within the relative error; undefined without values. */
export function sketchQuantile(sketch: QuantileSketch, quantile: number): number | undefined {
  const buckets = Object.entries(sketch).toSorted(([a], [b]) => indexOf(a) - indexOf(b));
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let rank = Math.max(1, Math.ceil(quantile * total));
  for (const [bucket, count] of buckets) {
    rank -= count;
    // The value whose distance to both bounds is the same share of them.
    if (rank <= 0) return bucket === "zero" ? 0 : (2 * GAMMA ** indexOf(bucket)) / (GAMMA + 1);
  }
  return undefined;
}

function addCount(sketch: QuantileSketch, bucket: string, count: number): void {
  sketch[bucket] = (sketch[bucket] ?? 0) + count;
}

function fold(sketch: QuantileSketch): void {
  const buckets = Object.keys(sketch);
  if (buckets.length <= SKETCH_BUCKETS_MAX) return;
  const lowest = buckets.toSorted((a, b) => indexOf(a) - indexOf(b)).slice(0, buckets.length - SKETCH_BUCKETS_KEPT + 1);
  const kept = lowest.pop() as string;
  for (const bucket of lowest) {
    addCount(sketch, kept, sketch[bucket] as number);
    delete sketch[bucket];
  }
}

const indexOf = (bucket: string): number => (bucket === "zero" ? -Infinity : Number(bucket));
