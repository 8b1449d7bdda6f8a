/** What the service promises (config.ts reads it from the environment). Types only. */

export interface SlaTargets {
  uptimeRatio: number;
  p95Seconds: number;
  errorRatio: number;
  /** Root mean squared error that a model's live predictions must stay below, unless `rmseByModel` has another. */
  rmse: number;
  rmseByModel: ReadonlyMap<string, number>;
  driftCheckHours: number;
  /** Share of the span that must be known before a target counts as met. */
  coverageRatioMin: number;
}
