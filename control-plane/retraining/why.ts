/**
 * Why a version exists: from the trigger with its evidence, over data, trainer and comparison, to what people and gates decided and what was
 * released. Reads what others stored; a version that a person registered has a shorter story.
 */
import { and, asc, desc, eq } from "drizzle-orm";
import { versionNumber } from "../../contract/names.ts";
import { succeed, type Result } from "../../contract/result.ts";
import type { WhyAnswer } from "../api/why-schema.ts";
import type { LookupFailure } from "../failure.ts";
import type { Queries } from "../registry/database.ts";
import { gateRunRecord } from "../gates/gate-run.ts";
import { gateRuns, signOffs } from "../registry/gate-schema.ts";
import { retrainRuns } from "../registry/retrain-schema.ts";
import { stageMoves } from "../registry/schema.ts";
import { findVersion } from "../registry/versions.ts";
import { readRun } from "./records/run-answer.ts";

const GATE_RUNS_SHOWN = 20;

export async function whyVersion(db: Queries, model: string, version: string): Promise<Result<WhyAnswer, LookupFailure>> {
  const found = await findVersion(db, model, version);
  if (!found.ok) return found;
  const number = versionNumber(version);
  const [row] = await db
    .select({ id: retrainRuns.id })
    .from(retrainRuns)
    .where(and(eq(retrainRuns.model, model), eq(retrainRuns.number, number)))
    .orderBy(asc(retrainRuns.id))
    .limit(1);
  const run = row && (await readRun(db, row.id));
  const ofVersion = (table: typeof signOffs | typeof gateRuns | typeof stageMoves) =>
    and(eq(table.model, model), eq(table.number, number));
  const approvals = await db.select().from(signOffs).where(ofVersion(signOffs)).orderBy(asc(signOffs.id));
  const judged = await db.select().from(gateRuns).where(ofVersion(gateRuns)).orderBy(desc(gateRuns.id)).limit(GATE_RUNS_SHOWN);
  const moves = await db.select().from(stageMoves).where(ofVersion(stageMoves)).orderBy(asc(stageMoves.id));
  return succeed({
    version: found.value,
    run: run?.ok ? run.value : null,
    signOffs: approvals.map(({ at, note, actorName }) => ({ at, note, by: actorName })),
    gateRuns: judged.toReversed().map(({ id, payload }) => ({ id, ...judgementOf(payload) })),
    moves: moves.map(({ at, from, to, act, reason, actorName, generation }) => ({
      at,
      from,
      to,
      act,
      reason,
      by: actorName,
      generation,
    })),
  });
}

function judgementOf(payload: string): Omit<WhyAnswer["gateRuns"][number], "id"> {
  const { at, act, outcome, verdicts } = gateRunRecord.parse(JSON.parse(payload));
  return {
    at,
    act,
    outcome,
    verdicts: verdicts.map(({ gate, outcome: found, sentence }) => ({ gate, outcome: found, sentence })),
  };
}
