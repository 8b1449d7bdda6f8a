/** Past promotions judged by another policy, on the evidence that they stood on. Reads only. */
import { and, desc, eq } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ReplayAnswer } from "../api/gate-schemas.ts";
import type { LookupFailure } from "../failure.ts";
import type { Queries } from "../registry/database.ts";
import { models, stageMoves } from "../registry/schema.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { findGateRun } from "./gate-runs.ts";
import { judge } from "./judge.ts";
import type { GatePolicy } from "./policy.ts";

const PROMOTIONS_MAX = 200;

/** Newest first. A dry run of the other policy is no way around it: what it would stop is said to be stopped. */
export async function replayPromotions(
  db: Queries,
  key: ReleaseKey,
  model: string,
  policy: GatePolicy,
): Promise<Result<ReplayAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const moves = await db
    .select()
    .from(stageMoves)
    .where(and(eq(stageMoves.model, model), eq(stageMoves.act, "promote"), eq(stageMoves.to, "production")))
    .orderBy(desc(stageMoves.id))
    .limit(PROMOTIONS_MAX);
  const promotions: ReplayAnswer["promotions"] = [];
  for (const { number, generation, at, actorTokenId, actorName, gateRun } of moves) {
    const move = { version: `v${number}`, generation, at, by: { tokenId: actorTokenId, name: actorName } };
    const run = gateRun === null ? undefined : await findGateRun(db, key, gateRun);
    if (!run?.ok) promotions.push({ ...move, run: null, outcome: "unknown", stoppedBy: [] });
    else {
      const { evidence, signOff } = run.value.record;
      const { stoppedBy } = judge(evidence, signOff, policy);
      promotions.push({ ...move, run: run.value.id, outcome: stoppedBy.length === 0 ? "passes" : "stopped", stoppedBy });
    }
  }
  return succeed({ model, promotions });
}
