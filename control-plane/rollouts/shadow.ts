/** The shadow of a model line: beginning and ending it within the caller's transaction, and what the edge has counted of it. */
import { DIFFERENCE_BUCKETS } from "../../contract/metric-names.ts";
import type { ShadowTolerance } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { bucketLabel, parseSeriesText } from "../../contract/series-text.ts";
import type { ShadowAnswer } from "../api/rollout-schemas.ts";
import type { LookupFailure, RolloutFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { findModel } from "../registry/models.ts";
import { findVersionRow } from "../registry/versions.ts";
import { currentRelease } from "../releases/current-release.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { releaseTargetOf } from "../releases/release-target.ts";
import { changeTraffic, type ChangedTraffic } from "./change-traffic.ts";

export interface ShadowRequest {
  model: string;
  version: string;
  tolerance: ShadowTolerance;
  reason: string;
}

/** A shadow answers nobody, so no gate is asked; a version in development is not for the edge at all. */
export async function startShadow(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  { model, version, tolerance, reason }: ShadowRequest,
): Promise<Result<ChangedTraffic, LookupFailure | RolloutFailure>> {
  const found = await findVersionRow(db, model, version);
  if (!found.ok) return found;
  const current = await currentRelease(db, model);
  if (!current) return fail({ reason: "rollout_without_stable", model });
  const { stage, number } = found.value;
  const isServing = version === current.stable.version || version === current.canary?.version;
  if (stage === "development" || isServing) return fail({ reason: "shadow_illegal", model, version, stage, isServing });
  const shadow = { ...releaseTargetOf(found.value), tolerance };
  const changed = await changeTraffic(db, key, context.now, current, { shadow });
  const details = { generation: changed.release.generation, tolerance };
  await appendAudit(db, context, { act: "shadow_started", model, number, reason, details });
  return succeed(changed);
}

export async function stopShadow(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  model: string,
  reason: string,
): Promise<Result<ChangedTraffic, LookupFailure | RolloutFailure>> {
  const known = await findModel(db, model);
  if (!known.ok) return known;
  const current = await currentRelease(db, model);
  if (!current?.shadow) return fail({ reason: "no_shadow", model });
  const changed = await changeTraffic(db, key, context.now, current, { shadow: null });
  const details = { generation: changed.release.generation, version: current.shadow.version };
  await appendAudit(db, context, { act: "shadow_stopped", model, reason, details });
  return succeed(changed);
}

/** What the edge has counted of a version as a shadow since it was first one. Pure. */
export function shadowCounts(counters: ReadonlyMap<string, number>, model: string, version: string): ShadowAnswer["counts"] {
  const requests: Record<string, number> = {};
  const rows: Record<string, number> = {};
  const buckets = new Map<string, number>();
  const sums: Record<string, number> = {};
  for (const [text, value] of counters) {
    const series = text.startsWith("shadow_") ? parseSeriesText(text) : undefined;
    if (series?.labels["model"] !== model || series.labels["version"] !== version) continue;
    const { name, labels } = series;
    const { outcome = "", direction = "", le = "" } = labels;
    if (name === "shadow_requests_total") requests[outcome] = value;
    else if (name === "shadow_rows_total") rows[outcome] = value;
    else if (name === "shadow_difference_bucket") buckets.set(`${direction} ${le}`, value);
    else if (name === "shadow_difference_sum" || name === "shadow_difference_count") sums[`${name} ${direction}`] = value;
  }
  const { agreed = 0, disagreed = 0, ...failed } = rows;
  const compared = agreed + disagreed;
  const errors = Object.values(failed).reduce((sum, value) => sum + value, 0);
  const sum = (sums["shadow_difference_sum higher"] ?? 0) - (sums["shadow_difference_sum lower"] ?? 0);
  const count = (sums["shadow_difference_count higher"] ?? 0) + (sums["shadow_difference_count lower"] ?? 0);
  return {
    requests,
    rows,
    disagreementRatio: compared > 0 ? disagreed / compared : null,
    addedErrorRatio: compared + errors > 0 ? errors / (compared + errors) : null,
    meanDifference: count > 0 ? sum / count : null,
    differences: bucketsOf(buckets),
  };
}

function bucketsOf(cumulative: ReadonlyMap<string, number>): NonNullable<ShadowAnswer["counts"]>["differences"] {
  let [higherBelow, lowerBelow] = [0, 0];
  return [...DIFFERENCE_BUCKETS, Number.POSITIVE_INFINITY].map((bound) => {
    const le = bucketLabel(bound);
    const [higher, lower] = [cumulative.get(`higher ${le}`) ?? 0, cumulative.get(`lower ${le}`) ?? 0];
    const bucket = { le, higher: higher - higherBelow, lower: lower - lowerBelow };
    [higherBelow, lowerBelow] = [higher, lower];
    return bucket;
  });
}
