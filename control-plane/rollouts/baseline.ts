/**
 * The edge's cumulative counts of one version, and what they rose by since a baseline. Pure. Counts that fell since the baseline (edge-counts.json was lost) say
 * nothing: whoever compares takes a new baseline then.
 */
import { bucketLabel, parseSeriesText } from "../../contract/series-text.ts";
import { isRefusalOfVersion } from "./version-refusals.ts";
import type { ArmCounts } from "../api/rollout-schemas.ts";

/** Predictions by cell of each version's own reference; null: it has none of the prediction. */
export interface PredictionBaseline {
  stable: number[] | null;
  canary: number[] | null;
}

/** Of a rollout's step. */
export interface Baseline {
  stable: ArmCounts;
  canary: ArmCounts;
  refusals: number;
  /** Absent where the step began before predictions were compared. */
  predictions?: PredictionBaseline;
}

/** Of the time after a promotion. */
export interface BakeBaseline {
  arm: ArmCounts;
  refusals: number;
}

const READ = /^(release_requests_total|version_errors_total|version_latency_seconds_(bucket|count)|model_refusals_total)\{/;

export interface ModelCounts {
  of: (version: string) => ArmCounts;
  /** Releases that isolates refused for what the version is. */
  refusals: number;
}

/** What the edge has counted of one model since it began. `latencyMs` is a bound of the latency histogram. */
export function modelCounts(counters: ReadonlyMap<string, number>, model: string, latencyMs: number): ModelCounts {
  const arms = new Map<string, ArmCounts>();
  const armOf = (version: string): ArmCounts => {
    const known = arms.get(version) ?? { requests: 0, errors: 0, slow: 0, timed: 0 };
    arms.set(version, known);
    return known;
  };
  const le = bucketLabel(latencyMs / 1000);
  let refusals = 0;
  for (const [text, value] of counters) {
    const series = READ.test(text) ? parseSeriesText(text) : undefined;
    if (series?.labels["model"] !== model) continue;
    const { name, labels } = series;
    if (name === "model_refusals_total") {
      if (isRefusalOfVersion(labels["reason"])) refusals += value;
      continue;
    }
    const arm = armOf(labels["version"] ?? "");
    if (name === "release_requests_total") arm.requests += value;
    else if (name === "version_errors_total") arm.errors += value;
    else if (name === "version_latency_seconds_count") {
      arm.timed += value;
      arm.slow += value;
    } else if (labels["le"] === le) arm.slow -= value;
  }
  return { of: (version) => ({ ...armOf(version) }), refusals };
}

/** Undefined when something fell. */
export function riseOf(now: ArmCounts, before: ArmCounts): ArmCounts | undefined {
  const rise: ArmCounts = {
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    slow: now.slow - before.slow,
    timed: now.timed - before.timed,
  };
  return Object.values(rise).every((value) => value >= 0) ? rise : undefined;
}
