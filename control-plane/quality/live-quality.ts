/**
 * Live quality: how good a model's predictions turned out to be, from the stored hours of scored predictions. The one place that others ask:
 * triggers, canary analysis, the SLA, /metrics and the API. Reads only.
 */
import { and, eq, gte, lt, sum, type SQL } from "drizzle-orm";
import { versionNumber } from "../../contract/names.ts";
import { figuresOf } from "../../contract/quality-figures.ts";
import { addQuality, emptyQuality, type QualitySums } from "../../contract/quality-sums.ts";
import type { LiveQuality } from "../api/quality-schemas.ts";
import type { Queries } from "../registry/database.ts";
import type { liveEstimates } from "../registry/error-model-schema.ts";
import { liveQuality as qualityHours, liveReceipts } from "../registry/schema.ts";

export interface LiveQualityQuery {
  model: string;
  /** Default: all versions together. */
  version?: string | undefined;
  /** One of the manifest's groups, or "" for predictions that had none. Default: all together. */
  group?: string | undefined;
  /** Predictions made from the hour of `from` on and before `to`: hours are whole, those of the prediction and not of its truth. */
  from: Date;
  to: Date;
}

/** Of nothing: count 0, coverage null, every figure null. A span whose truth has only begun to come has a low `coverage`: ask for it. */
export async function liveQuality(db: Queries, query: LiveQualityQuery): Promise<LiveQuality> {
  const rows = await db.select({ sums: qualityHours.sums }).from(qualityHours).where(matching(qualityHours, query));
  const [receipts] = await db
    .select({ issued: sum(liveReceipts.issued).mapWith(Number) })
    .from(liveReceipts)
    .where(matching(liveReceipts, query));
  return qualityOf(
    rows.map(({ sums }) => sums),
    receipts?.issued ?? 0,
  );
}

/** The figures of several rows as one. */
export function qualityOf(rows: readonly QualitySums[], issued: number): LiveQuality {
  const whole = emptyQuality();
  for (const sums of rows) addQuality(whole, sums);
  const figures = figuresOf(whole);
  // A receipt is counted in the hour in which the control plane learned of it, a truth in the hour of its prediction: at the edge of a span a
  // few of either fall on the other side.
  return { ...figures, issued, coverage: issued > 0 ? Math.min(1, figures.count / issued) : null };
}

const HOUR_MS = 3_600_000;

export const hourOf = (at: Date): string => new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS).toISOString();

/** The condition of a query on a table of hours. */
export function matching(
  table: typeof qualityHours | typeof liveReceipts | typeof liveEstimates,
  { model, version, group, from, to }: LiveQualityQuery,
): SQL | undefined {
  return and(
    eq(table.model, model),
    version === undefined ? undefined : eq(table.number, versionNumber(version)),
    group === undefined || !("group" in table) ? undefined : eq(table.group, group),
    gte(table.hour, hourOf(from)),
    lt(table.hour, to.toISOString()),
  );
}
