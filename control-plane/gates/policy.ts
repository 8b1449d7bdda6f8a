/** A model line's gate policy: each gate off, warn or block, with its thresholds. Schema and the policy of a line that has none. Pure. */
import { z } from "@hono/zod-openapi";
import { LEVELS } from "./verdict.ts";
import { METRICS } from "./evidence.ts";

const level = z.enum(LEVELS);

export const setName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    "an evaluation set's name is 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit",
  );

const quality = z.strictObject({
  level: level.default("off"),
  /** Each must be no worse than production's. Default: rmse; for a classifier log_loss, or accuracy where it gives no probabilities. */
  metrics: z.array(z.enum(METRICS)).min(1).optional(),
  /** How much worse than production is let pass, as a share of production's value. */
  toleranceRatio: z.number().min(0).max(1).default(0),
  /** With a label, at least. */
  rowsMin: z.int().min(1).default(100),
});
const fairness = z.strictObject({
  level: level.default("off"),
  /** Disparate impact: a group's rate of favourable predictions over the privileged group's. 0.8 is the four-fifths rule (29 CFR 1607.4 D). */
  ratioMin: z.number().gt(0).max(1).default(0.8),
  ratioMax: z.number().min(1).default(1.25),
  groupRowsMin: z.int().min(1).default(100),
});
const drift = z.strictObject({
  /** Quality on other data than the version was made for is worth a look, and no fault of the version: so it warns. */
  level: level.default("warn"),
  /** Of each feature, at most. 0.2 is where the drift job calls it significant. */
  psiMax: z.number().gt(0).default(0.2),
  /**
   * Of the set and of the reference, at least. Without drift PSI / (1/n + 1/m) is about χ² with 10 degrees of freedom, whose 1 − 10⁻⁶ quantile is 46.9
   * (control-plane/drift/live-rule.ts): chance reaches 0.2 less than once in a million features from n = m = 469 rows on.
   */
  rowsMin: z.int().min(1).default(500),
});
const latency = z.strictObject({
  level: level.default("off"),
  p95MsMax: z.number().gt(0).default(100),
  requests: z.int().min(20).max(10_000).default(300),
});
const fit = z.strictObject({
  level: level.default("block"),
  /** Absent: the time is shown and not judged. It was measured where the version was registered, not at the edge. */
  sessionCreateMsMax: z.number().gt(0).optional(),
});
const signOff = z.strictObject({ level: level.default("off") });

export const gatePolicy = z.strictObject({
  /** Verdicts are made, shown and stored, and stop nothing. */
  dryRun: z.boolean().default(false),
  /** Default: the line's newest. */
  evaluationSet: setName.optional(),
  /** What was measured longer ago counts as not measured. */
  evidenceHoursMax: z.number().gt(0).max(8760).default(168),
  fit: fit.prefault({}),
  quality: quality.prefault({}),
  fairness: fairness.prefault({}),
  drift: drift.prefault({}),
  latency: latency.prefault({}),
  signOff: signOff.prefault({}),
});

export type GatePolicy = z.infer<typeof gatePolicy>;
export type GatePolicyInput = z.input<typeof gatePolicy>;

/**
 * The policy of a line that has been given none (docs/decisions/0019-gates.md): a version must fit the edge, always. From its first evaluation set
 * on it must also be no worse than production on it, and fair where the set names groups; how far the set is from what the version was trained on, and
 * its latency, are measured and shown.
 */
export function defaultPolicy(set: { hasGroups: boolean } | undefined): GatePolicy {
  if (set === undefined) return gatePolicy.parse({ drift: { level: "off" } } satisfies GatePolicyInput);
  return gatePolicy.parse({
    quality: { level: "block" },
    fairness: { level: set.hasGroups ? "block" : "off" },
    latency: { level: "warn" },
  } satisfies GatePolicyInput);
}
