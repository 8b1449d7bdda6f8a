/**
 * The evidence that the gates decide on, as it is collected, stored and signed. A piece that could not be had is a gap with its reason, never
 * a made-up value. Schemas, types and the digest only; collecting it is elsewhere.
 */
import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import { sha256Hex, versionName } from "../../contract/names.ts";

export const EVIDENCE_SCHEMA = 1;

/** Why there is no evidence. Each is an inconclusive verdict of its own. */
export const gap = z.discriminatedUnion("reason", [
  z.strictObject({ reason: z.literal("not_measured") }),
  /** It was measured, and what it was measured on or against is no longer what it was. */
  z.strictObject({ reason: z.literal("evidence_stale"), what: z.string() }),
  /** The stored run does not verify with the release key. */
  z.strictObject({ reason: z.literal("run_signature_invalid"), run: z.int() }),
  /** `set` null: the line has no evaluation set at all. */
  z.strictObject({ reason: z.literal("set_unknown"), set: z.string().nullable() }),
  z.strictObject({ reason: z.literal("set_unreadable"), set: z.string(), detail: z.string() }),
  z.strictObject({ reason: z.literal("set_empty"), set: z.string() }),
  z.strictObject({ reason: z.literal("labels_missing"), set: z.string(), rows: z.int() }),
  z.strictObject({ reason: z.literal("groups_absent"), set: z.string() }),
  /** The candidate's manifest says nothing of the rows that it was trained on. */
  z.strictObject({ reason: z.literal("reference_absent"), version: versionName }),
  z.strictObject({ reason: z.literal("predictions_not_finite"), version: versionName, rows: z.int(), firstRow: z.int() }),
  z.strictObject({ reason: z.literal("scoring_failed"), version: versionName.nullable(), detail: z.string() }),
  z.strictObject({ reason: z.literal("edge_token_absent") }),
  z.strictObject({ reason: z.literal("edge_unreachable"), detail: z.string() }),
  z.strictObject({ reason: z.literal("not_staged"), version: versionName }),
  z.strictObject({ reason: z.literal("edge_refused"), status: z.int(), code: z.string() }),
]);

const measured = <Schema extends z.ZodType>(value: Schema) =>
  z.discriminatedUnion("state", [
    z.strictObject({ state: z.literal("measured"), value }),
    z.strictObject({ state: z.literal("missing"), gap }),
  ]);

const count = z.int().min(0);
const bytes = z.number().min(0);
const ms = z.number().min(0);

export const METRICS = ["rmse", "mae", "r2", "accuracy", "log_loss", "auc"] as const;
/** Null: not defined on these rows (R² of one constant label, AUC of one class). */
export const metrics = z.partialRecord(z.enum(METRICS), z.number().nullable());

export const fitEvidence = z.strictObject({
  artifactBytes: bytes,
  artifactBytesMax: bytes,
  /** Operators of the model that the inspection would refuse today. */
  operatorsRefused: z.array(z.string()),
  goldenRows: count,
  sessionCreateMs: ms,
  wasmBytes: z.strictObject({
    atLimits: bytes,
    /** What the production version holds beside the runtime's own memory while the candidate takes its place; null without one. */
    production: bytes.nullable(),
    max: bytes,
  }),
});

export const qualityEvidence = z.strictObject({
  task: z.enum(["regression", "classification"]),
  /** With a label, all of them predicted by both versions. */
  rows: count,
  candidate: metrics,
  production: metrics.nullable(),
  /** Of candidate minus production in the task's first metric; null without a production version. */
  interval: z
    .strictObject({
      metric: z.enum(METRICS),
      difference: z.number(),
      low: z.number(),
      high: z.number(),
      level: z.number(),
      resamples: count,
      blockRows: count,
      seed: z.int(),
    })
    .nullable(),
});

export const groupEvidence = z.strictObject({
  group: z.string(),
  rows: count,
  /** Sum of the rows' weights: of all, and of those whose prediction is favourable. Both are counts where the set has no weights. */
  weight: z.number().min(0),
  favourable: z.number().min(0),
  /** Of the rows with a label; null where there are none. */
  metrics: metrics.nullable(),
});
export const fairnessEvidence = z.strictObject({
  column: z.string(),
  privileged: z.string(),
  /** The rule, as a sentence. */
  favourable: z.string(),
  groups: z.array(groupEvidence),
  /** Rows whose group is missing: in no group. */
  ungroupedRows: count,
});

export const driftEvidence = z.strictObject({
  /** Of the evaluation set. */
  rows: count,
  /** Each feature that the candidate's reference has. */
  features: z.array(
    z.strictObject({
      feature: z.string(),
      referenceRows: count,
      /** Null: one side has no rows, and then it is not defined. */
      psi: z.number().min(0).nullable(),
    }),
  ),
});

export const latencyEvidence = z.strictObject({
  requests: count,
  failed: count,
  firstFailure: z.string().nullable(),
  concurrency: count,
  /** The first request, which loads the version; in none of the figures below. */
  coldMs: ms,
  p50Ms: ms,
  p95Ms: ms,
  p99Ms: ms,
  maxMs: ms,
});

const versionRef = z.strictObject({ version: versionName, artifactSha256: sha256Hex, manifestSha256: sha256Hex });

export const evidence = z.strictObject({
  schema: z.literal(EVIDENCE_SCHEMA),
  candidate: versionRef,
  /** Null: nothing is in production yet. */
  production: versionRef.nullable(),
  set: z.strictObject({ name: z.string(), sha256: sha256Hex, rows: count, labelledRows: count }).nullable(),
  /** Null: no gate run has measured anything. */
  collectedAt: z.iso.datetime().nullable(),
  fit: fitEvidence,
  quality: measured(qualityEvidence),
  fairness: measured(fairnessEvidence),
  /** Absent in runs from before this gate: as not measured, and their digests stay what they were. */
  drift: measured(driftEvidence).optional(),
  latency: measured(latencyEvidence),
});

export type Gap = z.infer<typeof gap>;
export type MetricName = (typeof METRICS)[number];
export type Metrics = z.infer<typeof metrics>;
export type FitEvidence = z.infer<typeof fitEvidence>;
export type QualityEvidence = z.infer<typeof qualityEvidence>;
export type GroupEvidence = z.infer<typeof groupEvidence>;
export type FairnessEvidence = z.infer<typeof fairnessEvidence>;
export type DriftEvidence = z.infer<typeof driftEvidence>;
export type LatencyEvidence = z.infer<typeof latencyEvidence>;
export type VersionRef = z.infer<typeof versionRef>;
export type Evidence = z.infer<typeof evidence>;
/** Changes with anything that a verdict could depend on; the time of collecting is not among it. What a sign-off is bound to. */
export function evidenceSha256({ collectedAt: _, ...rest }: Evidence): string {
  return createHash("sha256")
    .update(canonicalJson(rest as unknown as JsonValue))
    .digest("hex");
}
