/** One histogram of an isolate: observations since the last flush, told as the increments of its cumulative bucket series. */
import { bucketLabel, seriesText } from "../../contract/series-text.ts";

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #bucketTexts: string[];
  readonly #sumText: string;
  readonly #countText: string;
  /** Observations per bucket, the last one being +Inf; each in one bucket only until they are told. */
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(name: string, labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#bucketTexts = [...bounds, Infinity].map((bound) => seriesText(`${name}_bucket`, { ...labels, le: bucketLabel(bound) }));
    this.#sumText = seriesText(`${name}_sum`, labels);
    this.#countText = seriesText(`${name}_count`, labels);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Whether it holds observations that were not told yet. */
  get isChanged(): boolean {
    return this.#count > 0;
  }

  /** A time that a clock set back made negative counts as 0. Anything that is no number is refused by a throw: it would poison the sum. */
  observe(observed: number): void {
    if (!Number.isFinite(observed)) throw new RangeError(`a histogram takes finite values, got ${observed}`);
    const value = Math.max(0, observed);
    let index = 0;
    while (index < this.#bounds.length && value > (this.#bounds[index] as number)) index++;
    (this.#counts[index] as number) += 1;
    this.#sum += value;
    this.#count += 1;
  }

  /** Appends the increments of every one of its series, those of 0 too: a histogram with a bucket missing is none. */
  drainInto(increments: [string, number][]): void {
    let below = 0;
    for (const [index, text] of this.#bucketTexts.entries()) {
      below += this.#counts[index] as number;
      increments.push([text, below]);
    }
    increments.push([this.#sumText, this.#sum], [this.#countText, this.#count]);
    this.#counts.fill(0);
    this.#sum = 0;
    this.#count = 0;
  }
}
