/**
 * The drift report: what a file job and a live window both give, what is kept in `drift-job/reports/` and the registry, and what the HTML page
 * is drawn from. Schema and types only. The names of the published form (`ks_test`, `p_value`, `drift_level` …) are kept as they are.
 */
import * as z from "zod";
import { driftRule } from "./drift-rule.ts";

export const DRIFT_REPORT_SCHEMA = 1;

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const time = z.iso.datetime();

export const driftLevelName = z.enum(["none", "moderate", "significant"]);

export const ksTestReport = z.strictObject({
  /** D: the effect size, which does not grow with the number of rows. From counts: its lower bound. */
  statistic: share,
  p_value: share,
  drift_detected: z.boolean(),
  /** After the rule's correction for the number of features; what is compared with its level. */
  p_value_adjusted: share,
  /** Whether p alone, without the rule's minimum effect, would say drift: at millions of rows it nearly always does. */
  p_below_alpha: z.boolean(),
  method: z.enum(["exact", "asymptotic"]),
  /** Where the gap is, in the feature's own unit. */
  location: z.number(),
  /** The current values are larger, or smaller, at the gap. */
  direction: z.enum(["up", "down"]),
  /** What counts alone prove of D; absent where D comes from the rows. */
  bounds: z.strictObject({ low: share, high: share }).optional(),
});

export const chiSquaredReport = z.strictObject({
  statistic: z.number().min(0),
  degrees_of_freedom: count,
  p_value: share,
  drift_detected: z.boolean(),
  p_value_adjusted: share,
  /** Cramér's V: the effect size. */
  cramers_v: share,
});

export const psiBinReport = z.strictObject({
  /** What falls into it, for a reader: "≤ 12", "12 to 40", "NW", "other", "missing". */
  label: z.string(),
  reference: count,
  current: count,
  /** Its term of the sum. */
  psi: z.number(),
});

export const psiReport = z.strictObject({
  psi: z.number().min(0),
  drift_level: driftLevelName,
  drift_detected: z.boolean(),
  /** Bins of reference quantiles, outer ones open, closed on the right; the last is the missing values'. */
  bins: z.array(psiBinReport),
  /** PSI that as many rows of one distribution show on average: a threshold near it means nothing. */
  expected_without_drift: z.number().min(0),
});

export const featureReport = z.strictObject({
  kind: z.enum(["numeric", "categorical"]),
  role: z.enum(["feature", "prediction", "error"]),
  status: z.enum(["judged", "not_enough_data"]),
  /** Why it was not judged; absent when it was. */
  reason: z.string().optional(),
  reference_rows: count,
  current_rows: count,
  missing: z.strictObject({
    reference: count,
    current: count,
    reference_share: share,
    current_share: share,
    drift_detected: z.boolean(),
  }),
  ks_test: ksTestReport.optional(),
  chi_squared_test: chiSquaredReport.optional(),
  psi: psiReport.optional(),
  /** Distance in [0, 1] over the reference's cells. */
  jensen_shannon: share.optional(),
  /** In the feature's own unit; and as a share of the reference's standard deviation. Absent where only counts are known. */
  wasserstein: z.strictObject({ distance: z.number().min(0), standardised: z.number().min(0).optional() }).optional(),
  /** Rows whose category the reference does not have. */
  unseen: z.strictObject({ current: count, current_share: share }).optional(),
  /** Of equal width, for the eye. `edges` has one more than the counts; rows outside are counted in the outer ones. */
  histogram: z.strictObject({ edges: z.array(z.number()), reference: z.array(count), current: z.array(count) }).optional(),
  /** Values at the same shares of both sides. */
  quantiles: z.strictObject({ shares: z.array(share), reference: z.array(z.number()), current: z.array(z.number()) }).optional(),
  /** null: not judged, which is neither drift nor its absence. */
  drift_detected: z.boolean().nullable(),
});

export const driftReport = z.strictObject({
  schema: z.literal(DRIFT_REPORT_SCHEMA),
  timestamp: time,
  /** "files", or what the counts of live traffic are of. */
  source: z.union([
    z.strictObject({ kind: z.literal("files"), reference: z.array(z.string()), current: z.array(z.string()) }),
    z.strictObject({
      kind: z.literal("live"),
      model: z.string(),
      version: z.string(),
      region: z.string().optional(),
      from: time,
      to: time,
    }),
  ]),
  reference_size: count,
  current_size: count,
  drift_detected: z.boolean(),
  /** The outcome in one sentence. */
  verdict: z.string(),
  dataset: z.strictObject({ judged: count, drifted: count, share, drift_detected: z.boolean() }),
  rule: driftRule,
  /** What a reader has to know to read the figures rightly. */
  notes: z.array(z.string()),
  features: z.record(z.string(), featureReport),
  /** How the run went; absent where nobody measured it. */
  run: z.strictObject({ seconds: z.number().min(0), peak_memory_bytes: count }).optional(),
});

export type FeatureReport = z.infer<typeof featureReport>;
export type DriftReport = z.infer<typeof driftReport>;
export type DriftSource = DriftReport["source"];
