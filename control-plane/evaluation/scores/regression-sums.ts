/** Errors of a regressor added up row by row: RMSE, MAE, R², weighted. Pure. */
import type { Metrics } from "../../gates/evidence.ts";

export class RegressionSums {
  #weight = 0;
  #squared = 0;
  #absolute = 0;
  /** Weighted mean of the labels and the sum of squares about it (West 1979): no large sums are subtracted from each other. */
  #mean = 0;
  #aboutMean = 0;

  /** Answers the row's weighted squared error. */
  add(label: number, predicted: number, weight: number): number {
    const error = predicted - label;
    const squared = weight * error * error;
    this.#squared += squared;
    this.#absolute += weight * Math.abs(error);
    if (weight > 0) {
      this.#weight += weight;
      const delta = label - this.#mean;
      this.#mean += (weight / this.#weight) * delta;
      this.#aboutMean += weight * delta * (label - this.#mean);
    }
    return squared;
  }

  /** Null where nothing was added. R² = 1 − Σw(y−ŷ)² / Σw(y−ȳ)², null where all labels are the same. */
  metrics(): Metrics {
    if (!(this.#weight > 0)) return { rmse: null, mae: null, r2: null };
    return {
      rmse: Math.sqrt(this.#squared / this.#weight),
      mae: this.#absolute / this.#weight,
      r2: this.#aboutMean > 0 ? 1 - this.#squared / this.#aboutMean : null,
    };
  }
}
