/**
 * The reference that a version's live traffic is compared with: the one in its manifest, or counts of a window of live traffic over the same cells,
 * if the registry has such a record (docs/decisions/0013-live-reference.md). Records are only added; the newest of a version counts.
 */
import { and, desc, eq } from "drizzle-orm";
import { HOUR_MS } from "../../contract/drift-window.ts";
import { type DriftReference } from "../../contract/drift-reference.ts";
import { windowLayout, type WindowFeature } from "../../contract/window-layout.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { LiveReferenceAnswer, LiveReferenceBody } from "../api/drift-schemas.ts";
import type { DriftFailure, LookupFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { driftReferences } from "../registry/drift-schema.ts";
import { findVersionRow } from "../registry/versions.ts";
import { sumWindows } from "./window-records.ts";

export interface VersionReference {
  model: string;
  number: number;
  manifestSha256: string;
  registered: DriftReference;
  /** Cells and counts of every feature, the counts those of the live record where there is one. */
  layout: WindowFeature[];
  /** Undefined: the registered one. */
  live: LiveRow | undefined;
}

type LiveRow = typeof driftReferences.$inferSelect;

/** What it takes to compare a version's traffic; fails when its manifest has no reference, for then nothing was counted. */
export async function versionReference(
  db: Queries,
  model: string,
  version: string,
): Promise<Result<VersionReference, LookupFailure | DriftFailure>> {
  const row = await findVersionRow(db, model, version);
  if (!row.ok) return row;
  const { number, manifestSha256, manifestJson } = row.value;
  const { inputs, reference } = manifestSchema.parse(JSON.parse(manifestJson));
  if (!reference) return fail({ reason: "reference_absent", model, version });
  const [newest] = await db
    .select()
    .from(driftReferences)
    .where(and(eq(driftReferences.model, model), eq(driftReferences.number, number)))
    .orderBy(desc(driftReferences.id))
    .limit(1);
  const live = newest?.counts === null ? undefined : newest;
  const layout = windowLayout(inputs, reference);
  return succeed({
    model,
    number,
    manifestSha256,
    registered: reference,
    live,
    layout: live ? layout.map((feature) => withCounts(feature, live.counts ?? [])) : layout,
  });
}

/** The cells of one feature out of the flat list. */
export const cellsOf = ({ offset, cells }: WindowFeature, counts: readonly number[]): number[] =>
  Array.from({ length: cells }, (_, cell) => counts[offset + cell] ?? 0);

/** Makes the counts of a window the reference, or goes back to the registered one. Within the caller's transaction. */
export async function setLiveReference(
  db: Queries,
  context: ActContext,
  model: string,
  version: string,
  body: LiveReferenceBody,
  rowsMin: number,
): Promise<Result<LiveReferenceAnswer, LookupFailure | DriftFailure>> {
  const known = await versionReference(db, model, version);
  if (!known.ok) return known;
  const { number, manifestSha256 } = known.value;
  const made = "registered" in body ? succeed(NO_WINDOW) : await windowCounts(db, known.value, version, body, rowsMin);
  if (!made.ok) return made;
  const { actor, now } = context;
  await db.insert(driftReferences).values({
    model,
    number,
    manifestSha256,
    ...made.value,
    reason: body.reason,
    createdAt: now.toISOString(),
    createdByTokenId: actor.tokenId,
    createdByName: actor.name,
  });
  const { counts: _, ...details } = made.value;
  await appendAudit(db, context, { act: "drift_reference", model, number, reason: body.reason, details });
  return showReference(db, model, version);
}

export async function showReference(
  db: Queries,
  model: string,
  version: string,
): Promise<Result<LiveReferenceAnswer, LookupFailure | DriftFailure>> {
  const known = await versionReference(db, model, version);
  if (!known.ok) return known;
  const { manifestSha256, live, registered } = known.value;
  return succeed({
    model,
    version,
    manifestSha256,
    source: live ? "live" : "registered",
    rows: live?.rows ?? registered.rows,
    windowFrom: live?.windowFrom ?? null,
    windowTo: live?.windowTo ?? null,
    region: live?.region ?? null,
    reason: live?.reason ?? null,
    createdAt: live?.createdAt ?? null,
    createdBy: live?.createdByName ?? null,
  });
}

// --- Not exported ---

const NO_WINDOW = { windowFrom: null, windowTo: null, region: null, rows: null, counts: null };

async function windowCounts(
  db: Queries,
  { model, number, manifestSha256 }: VersionReference,
  version: string,
  { from, to, region }: Extract<LiveReferenceBody, { from: string }>,
  rowsMin: number,
) {
  const [fromHour, toHour] = [Date.parse(from) / HOUR_MS, Date.parse(to) / HOUR_MS];
  const { rows, counts } = await sumWindows(db, { model, number, manifestSha256, region, fromHour, toHour });
  if (!(rows >= rowsMin)) return fail({ reason: "rows_too_few" as const, model, version, from, to, rows, min: rowsMin });
  return succeed({ windowFrom: from, windowTo: to, region: region ?? null, rows, counts });
}

function withCounts(feature: WindowFeature, counts: readonly number[]): WindowFeature {
  return { ...feature, reference: { ...feature.reference, counts: cellsOf(feature, counts) } };
}
