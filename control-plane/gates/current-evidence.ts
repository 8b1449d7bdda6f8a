/**
 * The evidence on a version as of now: what the newest gate run measured, less what no longer holds because production, the evaluation set or
 * the day is another. What stands in the registry itself (fit, who registered and who signed off) is read anew each time.
 */
import { and, desc, eq } from "drizzle-orm";
import { findEvaluationSet, type EvaluationSetRow } from "../evaluation/set-records.ts";
import type { Queries } from "../registry/database.ts";
import { signOffs } from "../registry/gate-schema.ts";
import { versions } from "../registry/schema.ts";
import type { VersionRow } from "../registry/versions.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { EVIDENCE_SCHEMA, type Evidence, type Gap, type VersionRef } from "./evidence.ts";
import { fitEvidence } from "./fit-evidence.ts";
import { newestRun } from "./gate-runs.ts";
import { missing, type Measured } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import type { SignOffFacts } from "./sign-off.ts";

export interface GateTools {
  key: ReleaseKey;
  /** What the edge takes. */
  artifactBytesMax: number;
}

const HOUR_MS = 3_600_000;

export async function currentEvidence(
  db: Queries,
  { key, artifactBytesMax }: GateTools,
  row: VersionRow,
  policy: GatePolicy,
  now: Date,
): Promise<Evidence> {
  const production = await productionRow(db, row.model);
  // A version is not compared with itself.
  const other = production?.number === row.number ? undefined : production;
  const set = await findEvaluationSet(db, row.model, policy.evaluationSet);
  const fresh: Evidence = {
    schema: EVIDENCE_SCHEMA,
    candidate: refOf(row),
    production: other ? refOf(other) : null,
    set: set ? setRef(set) : null,
    collectedAt: null,
    fit: fitEvidence(row, other, artifactBytesMax),
    quality: missing({ reason: "not_measured" }),
    fairness: missing({ reason: "not_measured" }),
    drift: missing({ reason: "not_measured" }),
    latency: missing({ reason: "not_measured" }),
  };
  const run = await newestRun(db, key, row.model, row.number);
  if (run === undefined) return fresh;
  if (!run.ok) return withGap(fresh, { reason: "run_signature_invalid", run: run.failure.run });
  return { ...fresh, ...whatStillHolds(run.value.record.evidence, fresh, policy, now) };
}

export async function signOffFactsOf(db: Queries, row: VersionRow): Promise<SignOffFacts> {
  const [newest] = await db
    .select()
    .from(signOffs)
    .where(and(eq(signOffs.model, row.model), eq(signOffs.number, row.number)))
    .orderBy(desc(signOffs.id))
    .limit(1);
  return {
    registeredBy: { tokenId: row.createdByTokenId, name: row.createdByName },
    newest: newest
      ? { by: { tokenId: newest.actorTokenId, name: newest.actorName }, at: newest.at, evidenceSha256: newest.evidenceSha256 }
      : null,
  };
}

export async function productionRow(db: Queries, model: string): Promise<VersionRow | undefined> {
  const [row] = await db
    .select()
    .from(versions)
    .where(and(eq(versions.model, model), eq(versions.stage, "production")));
  return row;
}

// --- Not exported ---

/** Each measured piece with what it was measured against; one of them changed makes the piece a gap, and so every sign-off of it void. */
function whatStillHolds(
  measured: Evidence,
  fresh: Evidence,
  policy: GatePolicy,
  now: Date,
): Pick<Evidence, "collectedAt" | "quality" | "fairness" | "drift" | "latency"> {
  const { collectedAt } = measured;
  const ageMs = collectedAt === null ? Number.NaN : now.getTime() - Date.parse(collectedAt);
  const tooOld =
    ageMs <= policy.evidenceHoursMax * HOUR_MS ? undefined : `more than ${policy.evidenceHoursMax} hours have passed`;
  const otherSet = measured.set?.sha256 === fresh.set?.sha256 ? undefined : "the evaluation set has changed";
  const otherProduction =
    measured.production?.manifestSha256 === fresh.production?.manifestSha256 ? undefined : "the production version has changed";
  return {
    collectedAt,
    quality: unlessStale(measured.quality, tooOld ?? otherSet ?? otherProduction),
    fairness: unlessStale(measured.fairness, tooOld ?? otherSet),
    // A version's reference is as immutable as the version.
    drift: unlessStale(measured.drift ?? missing({ reason: "not_measured" }), tooOld ?? otherSet),
    latency: unlessStale(measured.latency, tooOld),
  };
}

function unlessStale<Value>(piece: Measured<Value>, what: string | undefined): Measured<Value> {
  return piece.state === "measured" && what !== undefined ? missing({ reason: "evidence_stale", what }) : piece;
}

const withGap = (evidence: Evidence, gap: Gap): Evidence => ({
  ...evidence,
  quality: missing(gap),
  fairness: missing(gap),
  drift: missing(gap),
  latency: missing(gap),
});

const refOf = ({ number, artifactSha256, manifestSha256 }: VersionRow): VersionRef => ({
  version: `v${number}`,
  artifactSha256,
  manifestSha256,
});

const setRef = ({ name, sha256, rows, labelledRows }: EvaluationSetRow): Evidence["set"] => ({
  name,
  sha256,
  rows,
  labelledRows,
});
