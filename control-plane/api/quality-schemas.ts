/** The query and the answer of the live quality route, with the types derived from them. Schemas only. */
import { z } from "@hono/zod-openapi";
import { modelName, versionName } from "../../contract/names.ts";
import { qualityFigures } from "../../contract/quality-figures.ts";
import { spanText } from "./sla-schemas.ts";

const at = z.iso.datetime();

export const liveQualityFigures = qualityFigures.extend({
  /** Receipts issued in the span. */
  issued: z.int().nonnegative(),
  /** Share of them whose truth has come; null where none was issued. */
  coverage: z.number().nullable(),
});

export const qualityQuery = z.object({
  /** Default: every version that has been scored or has given receipts in the span. */
  version: versionName.optional(),
  span: spanText.default("7d"),
});

export const versionQuality = liveQualityFigures.extend({
  version: versionName,
  /** RMSE and MAE that were given at registration; null where none were. */
  baseline: z.object({ rmse: z.number().nullable(), mae: z.number().nullable() }),
  /**
   * RMSE that the version's error model expects, made without truth; from a sample of the rows answered. Null where nothing was estimated: the version
   * has no error model, or the edge had no time.
   */
  estimate: z.object({ rmse: z.number(), rows: z.int() }).nullable(),
  /** By hour of the prediction, rising; hours without truth are left out. */
  hours: z.array(z.object({ hour: at, count: z.int(), rmse: z.number().nullable(), accuracy: z.number().nullable() })),
  /** By group; null is what had none. */
  groups: z.array(
    liveQualityFigures.extend({
      group: z.string().nullable(),
      /** Rate of favourable predictions over the privileged group's; null where either is too small to say. */
      disparateImpact: z.number().nullable(),
    }),
  ),
});

export const qualityAnswer = z.object({
  model: modelName,
  /** Whole hours. */
  from: at,
  to: at,
  versions: z.array(versionQuality),
});

export type LiveQuality = z.infer<typeof liveQualityFigures>;
export type VersionQuality = z.infer<typeof versionQuality>;
export type QualityAnswer = z.infer<typeof qualityAnswer>;
