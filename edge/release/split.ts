/**
 * Which of a release's two versions a caller is served: a stable hash of the caller's key, so that one caller stays on one version across
 * isolates and restarts, and, as the percentage grows, never goes back from the canary. Pure; caller.ts reads the request.
 */
import type { CanaryTarget } from "../../contract/release.ts";
import { murmur3 } from "./murmur3.ts";

/** Made once per release. */
export interface CanarySplit {
  /** Of the hash: model and rollout, so that another rollout chooses other callers. */
  seed: number;
  /** A caller whose hash is below it is on the canary; 2³² takes all. */
  threshold: number;
  cohort: { countries: ReadonlySet<string>; regions: ReadonlySet<string> } | undefined;
}

/** Undefined is what the platform did not say. */
export interface Caller {
  key: string | undefined;
  /** ISO 3166-1, e.g. `DE`. */
  country: string | undefined;
  /** ISO 3166-2, e.g. `US-TX`. */
  region: string | undefined;
}

export function canarySplit(model: string, { percent, rollout, cohort }: CanaryTarget): CanarySplit {
  return {
    seed: murmur3(`${model}:${rollout}`, 0),
    threshold: (percent / 100) * 2 ** 32,
    cohort: cohort && { countries: new Set(cohort.countries), regions: new Set(cohort.regions) },
  };
}

/** A caller without a key stays on stable: what cannot be held to one version is nobody's guinea pig (docs/decisions/0021-canary-split.md). */
export function isOnCanary({ seed, threshold, cohort }: CanarySplit, { key, country, region }: Caller): boolean {
  if (key === undefined) return false;
  if (cohort && !(cohort.countries.has(country ?? "") || cohort.regions.has(region ?? ""))) return false;
  return murmur3(key, seed) < threshold;
}
