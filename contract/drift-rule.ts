/** When a difference counts as drift: the options of the decision, with their defaults. What they do is drift-job/statistics/decision-rule.ts. */
import * as z from "zod";

export const driftRule = z.strictObject({
  /** KS: the p-value, after the correction for many features, must be below this. */
  ksAlpha: z.number().gt(0).lt(1).default(0.05),
  /** KS: and the statistic must be at least this. At millions of rows p < 0.05 alone flags nearly everything; 0 asks for nothing more. */
  ksMinimumEffect: z.number().min(0).max(1).default(0.1),
  correction: z.enum(["none", "bonferroni", "benjamini_hochberg"]).default("benjamini_hochberg"),
  /** PSI below this is level "none", from here "moderate". */
  psiModerate: z.number().gt(0).default(0.1),
  /** PSI from here is level "significant". */
  psiSignificant: z.number().gt(0).default(0.2),
  /** The least level at which PSI's own test says drift. */
  psiDetects: z.enum(["moderate", "significant"]).default("significant"),
  /** Which test decides for the feature. The shape test is KS for a number and chi-squared for a category. */
  feature: z.enum(["psi", "shape", "any", "both"]).default("any"),
  /** Chi-squared: smallest effect (Cramér's V), as for KS. */
  chiSquaredMinimumEffect: z.number().min(0).max(1).default(0.1),
  /** Change in the share of missing values that counts as drift by itself. */
  missingShareChange: z.number().gt(0).max(1).default(0.1),
  /** Rows with a value that each side needs; below this a feature is "not enough data", which is no drift and no absence of it. */
  minimumRows: z.int().min(1).default(100),
  /** Share of the judged features that must have drifted for the data set to have. */
  datasetShare: z.number().gt(0).max(1).default(0.5),
  /** Bins of the PSI; fewer where ties leave fewer distinct quantiles. */
  psiBins: z.int().min(2).max(100).default(10),
  /** A share below this counts as this in PSI, so that an empty bin gives a finite term. */
  psiFloor: z.number().gt(0).max(0.01).default(1e-4),
});

export type DriftRule = z.infer<typeof driftRule>;

export const DRIFT_RULE_DEFAULT: DriftRule = driftRule.parse({});
