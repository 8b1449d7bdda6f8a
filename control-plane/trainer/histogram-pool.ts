/** Histograms that trees lend and give back, so that thousands of nodes do not make thousands of arrays. */
import type { Histogram } from "./histogram.ts";

export class HistogramPool {
  readonly #bins: number;
  readonly #free: Histogram[] = [];

  /** `bins` over all features. */
  constructor(bins: number) {
    this.#bins = bins;
  }

  /** What is in it is left over from before. */
  take(): Histogram {
    return this.#free.pop() ?? new Float64Array(2 * this.#bins);
  }

  release(histogram: Histogram): void {
    this.#free.push(histogram);
  }
}
