/** A model line's release policy: what holds now, and setting another. The rows before the newest are the history. */
import { desc, eq } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { releasePolicy, type ReleasePolicy, type ReleasePolicyAnswer } from "../api/rollout-schemas.ts";
import type { LookupFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { bakes, releasePolicies } from "../registry/rollout-schema.ts";
import { models } from "../registry/schema.ts";

const BAKES_SHOWN = 20;

/** Undefined: nothing is rolled back automatically. */
export async function releasePolicyOf(db: Queries, model: string): Promise<ReleasePolicy | undefined> {
  const [row] = await db
    .select()
    .from(releasePolicies)
    .where(eq(releasePolicies.model, model))
    .orderBy(desc(releasePolicies.id))
    .limit(1);
  return row?.policy ? releasePolicy.parse(row.policy) : undefined;
}

export async function setReleasePolicy(
  db: Queries,
  context: ActContext,
  model: string,
  policy: ReleasePolicy | null,
  reason: string,
): Promise<Result<ReleasePolicyAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const { actor, now } = context;
  const by = { actorTokenId: actor.tokenId, actorName: actor.name };
  await db.insert(releasePolicies).values({ model, policy, reason, at: now.toISOString(), ...by });
  await appendAudit(db, context, { act: "release_policy_set", model, reason, details: { policy } });
  return describeReleasePolicy(db, model);
}

export async function describeReleasePolicy(db: Queries, model: string): Promise<Result<ReleasePolicyAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const rows = await db.select().from(bakes).where(eq(bakes.model, model)).orderBy(desc(bakes.id)).limit(BAKES_SHOWN);
  return succeed({
    model,
    policy: (await releasePolicyOf(db, model)) ?? null,
    bakes: rows.map(({ number, generation, state, startedAt, endsAt, endedAt, text, findings }) => ({
      version: `v${number}`,
      generation,
      state,
      startedAt,
      endsAt,
      endedAt,
      text,
      findings,
    })),
  });
}
