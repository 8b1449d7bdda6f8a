/** For tests: evidence on which every gate passes, to be broken one piece at a time. */
import type { Evidence, FairnessEvidence, GroupEvidence } from "./evidence.ts";
import type { Measured } from "./measured.ts";
import type { SignOffFacts } from "./sign-off.ts";

const digest = (digit: string): string => digit.repeat(64);

export const group = (name: string, rows: number, favourable: number): GroupEvidence => ({
  group: name,
  rows,
  weight: rows,
  favourable,
  metrics: null,
});

export const fairnessOf = (groups: GroupEvidence[]): Measured<FairnessEvidence> => ({
  state: "measured",
  value: { column: "site", privileged: "a", favourable: "the prediction is ≤ 75", groups, ungroupedRows: 0 },
});

export function goodEvidence(): Evidence {
  return {
    schema: 1,
    candidate: { version: "v2", artifactSha256: digest("2"), manifestSha256: digest("b") },
    production: { version: "v1", artifactSha256: digest("1"), manifestSha256: digest("a") },
    set: { name: "holdout", sha256: digest("c"), rows: 1000, labelledRows: 1000 },
    collectedAt: "2026-11-25T12:00:00.000Z",
    fit: {
      artifactBytes: 788_263,
      artifactBytesMax: 12_582_912,
      operatorsRefused: [],
      goldenRows: 32,
      sessionCreateMs: 200,
      wasmBytes: { atLimits: 30_000_000, production: 4_000_000, max: 100_663_296 },
    },
    quality: {
      state: "measured",
      value: {
        task: "regression",
        rows: 1000,
        candidate: { rmse: 21.3, mae: 13.2, r2: 0.93 },
        production: { rmse: 23.9, mae: 14.9, r2: 0.91 },
        interval: {
          metric: "rmse",
          difference: -2.6,
          low: -2.9,
          high: -2.2,
          level: 0.95,
          resamples: 1000,
          blockRows: 1,
          seed: 1,
        },
      },
    },
    fairness: fairnessOf([group("a", 500, 250), group("b", 500, 240)]),
    drift: {
      state: "measured",
      value: {
        rows: 1000,
        features: [
          { feature: "PM10", referenceRows: 60_000, psi: 0.12 },
          { feature: "wind", referenceRows: 60_000, psi: 0.003 },
        ],
      },
    },
    latency: {
      state: "measured",
      value: {
        requests: 300,
        failed: 0,
        firstFailure: null,
        concurrency: 4,
        coldMs: 400,
        p50Ms: 5,
        p95Ms: 12,
        p99Ms: 20,
        maxMs: 30,
      },
    },
  };
}

export function goodSignOff(evidenceSha256: string): SignOffFacts {
  return {
    registeredBy: { tokenId: "registrant", name: "ci" },
    newest: { by: { tokenId: "approver", name: "on duty" }, at: "2026-11-25T13:00:00.000Z", evidenceSha256 },
  };
}
