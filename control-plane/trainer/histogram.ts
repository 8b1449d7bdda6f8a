/**
 * Histograms of gradients: for every bin of every feature the sums of first and second derivatives over a node's rows. The inner loop of training.
 * Source: Chen & Guestrin 2016; the subtraction (a parent's histogram less one child's is the other child's) as in LightGBM, Ke et al. 2017, section 2.
 */
import type { BinnedRows } from "./bins.ts";

/** Interleaved `[gradient, hessian]` of each bin. float64: thousands of rows are added up. */
export type Histogram = Float64Array;

/** First and second derivatives of the loss, interleaved by row. */
export type Gradients = Float32Array;

/**
 * Sums over the rows `order[begin, end)` into `histogram`, which is cleared first. Row by row rather than feature by feature: a row's bins lie together, and
 * neighbouring additions go to different bins, so none waits for the one before (measured: half the time).
 */
export function fillHistogram(
  histogram: Histogram,
  { bins, features }: BinnedRows,
  gradients: Gradients,
  order: Int32Array,
  begin: number,
  end: number,
): void {
  histogram.fill(0);
  for (let at = begin; at < end; at++) {
    const row = order[at] as number;
    const gradient = gradients[2 * row] as number;
    const hessian = gradients[2 * row + 1] as number;
    const rowEnd = (row + 1) * features;
    for (let cell = row * features; cell < rowEnd; cell++) {
      const place = (bins[cell] as number) << 1;
      histogram[place] = (histogram[place] as number) + gradient;
      histogram[place + 1] = (histogram[place + 1] as number) + hessian;
    }
  }
}

/** Makes `parent` the histogram of the parent's other child. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let place = 0; place < parent.length; place++) parent[place] = (parent[place] as number) - (child[place] as number);
}
