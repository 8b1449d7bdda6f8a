/**
 * Bodies and answers of the routes for rollouts, shadows and release policies, with the types derived from them; the registry's JSON columns are of the same
 * schemas. Schemas only.
 */
import { z } from "@hono/zod-openapi";
import { LATENCY_BUCKETS_SECONDS } from "../../contract/metric-names.ts";
import { modelName, versionName } from "../../contract/names.ts";
import { cohort, shadowTarget, shadowTolerance } from "../../contract/release.ts";
import { actor, publication } from "./schemas.ts";

export const ROLLOUT_STATES = ["running", "paused", "completed", "aborted"] as const;
export const ROLLOUT_EVENTS = ["started", "advanced", "paused", "resumed", "completed", "aborted"] as const;
export const ROLLOUT_ACTS = ["pause", "resume", "abort", "advance"] as const;
export const BAKE_STATES = ["watching", "passed", "rolled_back", "held", "ended"] as const;
const STEPS_MAX = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const at = z.iso.datetime();
const reason = z.string().trim().min(1, "a reason is needed: it goes into the history").max(1000);
const ratio = z.number().min(0).max(1);
/** Only at a bucket's bound is the number of slower requests known and not guessed. */
const latencyBoundMs = z
  .number()
  .refine(
    (ms) => (LATENCY_BUCKETS_SECONDS as readonly number[]).includes(ms / 1000),
    `a latency limit is one of ${LATENCY_BUCKETS_SECONDS.map((seconds) => seconds * 1000).join(", ")} ms`,
  );

export const rolloutStep = z.strictObject({
  /** Of the callers; the step after the last one is all of them. */
  percent: z.number().gt(0).lt(100),
  durationMs: z
    .int()
    .min(1000)
    .max(30 * DAY_MS),
  /** Of the canary, before the step may end. */
  requestsMin: z.int().min(1).max(1_000_000_000),
});

export const rolloutThresholds = z.strictObject({
  /** How much more of its requests the canary may answer with an error than stable: 0.01 is one in a hundred. */
  errorShareMargin: ratio.default(0.01),
  latencyMs: latencyBoundMs.default(100),
  /** How much more of its requests may take longer than `latencyMs`. */
  slowShareMargin: ratio.default(0.05),
  /** Of each side, before a difference can fail the canary. */
  requestsToFail: z.int().min(10).max(1_000_000).default(50),
  /** Live RMSE of the canary over that of stable, at most. */
  rmseRatioMax: z.number().gt(0).default(1.2),
  /** Predictions of each side with a truth, before live RMSE is judged. */
  truthsMin: z.int().min(1).default(500),
  /** How much of the canary's predictions may be elsewhere than stable's: the Kolmogorov-Smirnov distance, of classes the total variation. */
  predictionDistanceMax: ratio.default(0.2),
  /** Predictions of each side that the edge has counted, before the distance is judged. */
  predictionRowsMin: z.int().min(1).default(1000),
  /** Where predictions cannot be compared (no reference, too few, a cohort), the step waits for a person instead of going on without. */
  mustComparePredictions: z.boolean().default(false),
});

export const rolloutPlan = z.strictObject({
  steps: z
    .array(rolloutStep)
    .min(1)
    .max(STEPS_MAX)
    .refine(
      (steps) => steps.every(({ percent }, step) => percent > (steps[step - 1]?.percent ?? 0)),
      "percentages rise from step to step",
    ),
  cohort: cohort.optional(),
  thresholds: rolloutThresholds.prefault({}),
});

export const rolloutBody = z.strictObject({ ...rolloutPlan.shape, reason });
export const rolloutActBody = z.strictObject({ reason });
export const rolloutActPath = z.object({ model: modelName, act: z.enum(ROLLOUT_ACTS) });

/** What one version answered since a moment. */
export const armCounts = z.strictObject({
  requests: z.number().min(0),
  errors: z.number().min(0),
  /** Of `timed` requests those that took longer than the limit. */
  slow: z.number().min(0),
  timed: z.number().min(0),
});

export const FINDING_METRICS = ["errors", "latency", "refusals", "live_rmse", "predictions"] as const;
export const finding = z.strictObject({
  metric: z.enum(FINDING_METRICS),
  outcome: z.enum(["pass", "fail", "inconclusive"]),
  /** The numbers in a sentence. */
  text: z.string(),
});

export const rolloutEvidence = z.strictObject({
  stable: armCounts.nullable(),
  canary: armCounts.nullable(),
  findings: z.array(finding),
  /** What was not looked at, and why; it held nothing up. */
  notes: z.array(z.string()).optional(),
});

export const rolloutEvent = z.object({
  at,
  kind: z.enum(ROLLOUT_EVENTS),
  /** Zero-based. */
  step: z.int(),
  generation: z.int().nullable(),
  reason: z.string(),
  evidence: rolloutEvidence.nullable(),
  by: actor,
});

export const rolloutAnswer = z.object({
  id: z.int(),
  model: modelName,
  version: versionName,
  stable: versionName,
  state: z.enum(ROLLOUT_STATES),
  plan: rolloutPlan,
  step: z.int(),
  stepStartedAt: at,
  /** Of the release of the current or last step. */
  generation: z.int(),
  reason: z.string(),
  startedAt: at,
  endedAt: at.nullable(),
  by: actor,
  /** The gate run that it began on. */
  gateRun: z.int(),
  /** What the step has shown so far; null when it is over or the edge cannot be read. */
  current: rolloutEvidence.nullable(),
  events: z.array(rolloutEvent),
});
export const rolloutsAnswer = z.object({ rollouts: z.array(rolloutAnswer.omit({ events: true, current: true })) });

// --- Shadow ---

export const shadowBody = z.strictObject({
  version: versionName,
  tolerance: shadowTolerance.default({ absolute: 0, relative: 0.1 }),
  reason,
});
export const shadowStopBody = z.strictObject({ reason });
const count = z.number().min(0);
export const shadowAnswer = z.object({
  model: modelName,
  shadow: shadowTarget.nullable(),
  generation: z.int(),
  publication: publication.nullable(),
  /** Of the shadow version since it was first scored; null without a shadow or while the edge cannot be read. */
  counts: z
    .object({
      requests: z.record(z.string(), count),
      rows: z.record(z.string(), count),
      /** Disagreed of agreed and disagreed; null before any. */
      disagreementRatio: ratio.nullable(),
      /** Errors that stable did not make, of all rows scored. */
      addedErrorRatio: ratio.nullable(),
      /** Mean of shadow − answer. */
      meanDifference: z.number().nullable(),
      /** Rows by upper bound of |shadow − answer|, not cumulative; `+Inf` the last. */
      differences: z.array(z.object({ le: z.string(), higher: count, lower: count })),
    })
    .nullable(),
});

// --- Automatic rollback ---

export const releasePolicy = z.strictObject({
  /** How long a promotion is watched. */
  bakeMinutes: z
    .number()
    .gt(0)
    .max(30 * 24 * 60),
  /** The most that may be answered with an error. */
  errorShareMax: ratio.optional(),
  p95MsMax: latencyBoundMs.optional(),
  rmseMax: z.number().gt(0).optional(),
  /** Releases that isolates refused because of the version: digests, manifest, session, memory, golden rows. */
  refusalsMax: z.int().min(0).optional(),
  requestsMin: z.int().min(10).default(100),
  truthsMin: z.int().min(1).default(500),
  /** After an automatic rollback none follows for this long: a person decides. */
  cooldownMinutes: z
    .number()
    .min(0)
    .max(30 * 24 * 60)
    .default(60),
  /** Alerts that take back the version, or the rollout under way, when one of them names the model; at any time after a promotion. */
  alerts: z.array(z.string().min(1).max(200)).max(50).default([]),
});
export const releasePolicyBody = z.strictObject({ policy: releasePolicy.nullable(), reason });

export const bakeAnswer = z.object({
  version: versionName,
  generation: z.int(),
  state: z.enum(BAKE_STATES),
  startedAt: at,
  endsAt: at,
  endedAt: at.nullable(),
  text: z.string(),
  findings: z.array(finding),
});
export const releasePolicyAnswer = z.object({
  model: modelName,
  /** Null: nothing is rolled back automatically. */
  policy: releasePolicy.nullable(),
  /** Newest first. */
  bakes: z.array(bakeAnswer),
});

export type RolloutState = (typeof ROLLOUT_STATES)[number];
export type RolloutEventKind = (typeof ROLLOUT_EVENTS)[number];
export type RolloutAct = (typeof ROLLOUT_ACTS)[number];
export type RolloutStep = z.infer<typeof rolloutStep>;
export type RolloutThresholds = z.infer<typeof rolloutThresholds>;
export type RolloutPlan = z.infer<typeof rolloutPlan>;
export type RolloutBody = z.input<typeof rolloutBody>;
export type ArmCounts = z.infer<typeof armCounts>;
export type Finding = z.infer<typeof finding>;
export type RolloutEvidence = z.infer<typeof rolloutEvidence>;
export type RolloutEvent = z.infer<typeof rolloutEvent>;
export type RolloutAnswer = z.infer<typeof rolloutAnswer>;
export type RolloutsAnswer = z.infer<typeof rolloutsAnswer>;
export type ShadowBody = z.input<typeof shadowBody>;
export type ShadowAnswer = z.infer<typeof shadowAnswer>;
export type ReleasePolicy = z.infer<typeof releasePolicy>;
export type ReleasePolicyInput = z.input<typeof releasePolicy>;
export type ReleasePolicyAnswer = z.infer<typeof releasePolicyAnswer>;
export type BakeState = (typeof BAKE_STATES)[number];
