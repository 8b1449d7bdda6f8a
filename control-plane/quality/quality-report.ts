/** Live quality of a model's versions over a span, as the API shows it: in all, by hour, by group, beside the baseline. Reads only. */
import { and, eq, inArray, sum } from "drizzle-orm";
import { manifest as manifestSchema, type ManifestGroups } from "../../contract/manifest.ts";
import type { QualityAnswer, VersionQuality } from "../api/quality-schemas.ts";
import type { Queries } from "../registry/database.ts";
import { liveEstimates } from "../registry/error-model-schema.ts";
import { liveQuality, liveReceipts, versionMetrics, versions } from "../registry/schema.ts";
import { disparateImpact, type GroupCounts } from "./disparate-impact.ts";
import { hourOf, matching, qualityOf, type LiveQualityQuery } from "./live-quality.ts";

export async function qualityReport(db: Queries, query: Omit<LiveQualityQuery, "group">): Promise<QualityAnswer> {
  const { model, from, to } = query;
  const rows = await db.select().from(liveQuality).where(matching(liveQuality, query));
  const receipts = await db
    .select({
      number: liveReceipts.number,
      group: liveReceipts.group,
      issued: sum(liveReceipts.issued).mapWith(Number),
      favourable: sum(liveReceipts.favourable).mapWith(Number),
    })
    .from(liveReceipts)
    .where(matching(liveReceipts, query))
    .groupBy(liveReceipts.number, liveReceipts.group);
  const estimates = await db
    .select({
      number: liveEstimates.number,
      rows: sum(liveEstimates.rows).mapWith(Number),
      squaredError: sum(liveEstimates.squaredError).mapWith(Number),
    })
    .from(liveEstimates)
    .where(matching(liveEstimates, query))
    .groupBy(liveEstimates.number);
  const numbers = [...new Set([...rows, ...receipts, ...estimates].map(({ number }) => number))].toSorted((a, b) => b - a);
  const known = await facts(db, model, numbers);
  return {
    model,
    from: hourOf(from),
    to: to.toISOString(),
    versions: numbers.map((number) => {
      const ofVersion = (row: { number: number }): boolean => row.number === number;
      const estimate = estimateOf(estimates.find(ofVersion));
      return { ...versionQuality(`v${number}`, rows.filter(ofVersion), receipts.filter(ofVersion), known.get(number)), estimate };
    }),
  };
}

// --- Not exported ---

interface VersionFacts {
  groups: ManifestGroups | undefined;
  metrics: Record<string, number>;
}

/** What the registry knows of the versions: one that it does not know is still shown. */
async function facts(db: Queries, model: string, numbers: readonly number[]): Promise<Map<number, VersionFacts>> {
  const found = new Map<number, VersionFacts>();
  if (numbers.length === 0) return found;
  const rows = await db
    .select({ number: versions.number, manifestJson: versions.manifestJson })
    .from(versions)
    .where(and(eq(versions.model, model), inArray(versions.number, numbers)));
  const metrics = await db
    .select()
    .from(versionMetrics)
    .where(and(eq(versionMetrics.model, model), inArray(versionMetrics.number, numbers)));
  for (const { number, manifestJson } of rows) {
    const { groups } = manifestSchema.parse(JSON.parse(manifestJson));
    const own = metrics.filter((metric) => metric.number === number).map(({ name, value }) => [name, value] as const);
    found.set(number, { groups, metrics: Object.fromEntries(own) });
  }
  return found;
}

function versionQuality(
  version: string,
  rows: readonly (typeof liveQuality.$inferSelect)[],
  receipts: readonly GroupCounts[],
  known: VersionFacts | undefined,
): Omit<VersionQuality, "estimate"> {
  const hours = Map.groupBy(rows, ({ hour }) => hour);
  const groups = Map.groupBy(rows, ({ group }) => group);
  const impact = known?.groups ? disparateImpact(known.groups, receipts) : new Map<string, number>();
  const groupNames = [...new Set([...groups.keys(), ...receipts.map(({ group }) => group)])].toSorted();
  return {
    version,
    ...qualityOf(rows.map(sumsOf), issuedOf(receipts)),
    baseline: { rmse: known?.metrics["rmse"] ?? null, mae: known?.metrics["mae"] ?? null },
    hours: [...hours]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([hour, ofHour]) => {
        const { count, rmse, accuracy } = qualityOf(ofHour.map(sumsOf), 0);
        return { hour, count, rmse, accuracy };
      }),
    groups: groupNames.map((group) => ({
      group: group === "" ? null : group,
      ...qualityOf((groups.get(group) ?? []).map(sumsOf), issuedOf(receipts.filter((counts) => counts.group === group))),
      disparateImpact: impact.get(group) ?? null,
    })),
  };
}

/** The root of the mean; null of no rows. */
const estimateOf = (sums: { rows: number; squaredError: number } | undefined): VersionQuality["estimate"] =>
  sums && sums.rows > 0 ? { rmse: Math.sqrt(sums.squaredError / sums.rows), rows: sums.rows } : null;

const issuedOf = (counts: readonly GroupCounts[]): number => counts.reduce((total, { issued }) => total + issued, 0);

const sumsOf = ({ sums }: typeof liveQuality.$inferSelect) => sums;
