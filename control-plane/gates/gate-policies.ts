/** Gate policies in the registry: what holds for a line now, and setting another. The rows before the newest are the history. */
import { desc, eq } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { GatePolicyAnswer } from "../api/gate-schemas.ts";
import { findEvaluationSet } from "../evaluation/set-records.ts";
import type { LookupFailure } from "../failure.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { gatePolicies } from "../registry/gate-schema.ts";
import { models } from "../registry/schema.ts";
import { levelsOf } from "./judge.ts";
import { defaultPolicy, gatePolicy, type GatePolicy } from "./policy.ts";

const HISTORY_MAX = 100;

export interface PolicyInForce {
  /** Null: nobody has set one, and the default holds. */
  id: number | null;
  policy: GatePolicy;
}

export async function policyInForce(db: Queries, model: string): Promise<PolicyInForce> {
  const [row] = await db.select().from(gatePolicies).where(eq(gatePolicies.model, model)).orderBy(desc(gatePolicies.id)).limit(1);
  // Parsed again: a gate that came after the policy was set has the default that its schema gives it.
  if (row) return { id: row.id, policy: gatePolicy.parse(row.policy) };
  const set = await findEvaluationSet(db, model, undefined);
  return { id: null, policy: defaultPolicy(set && { hasGroups: set.spec.group !== undefined }) };
}

/** Sets the policy of a line. Verdicts are made when they are asked for, so it holds at once, for versions that were measured before too. */
export async function setPolicy(
  db: Queries,
  context: ActContext,
  { model, policy, reason }: { model: string; policy: GatePolicy; reason: string },
): Promise<Result<GatePolicyAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const { actor, now } = context;
  const by = { actorTokenId: actor.tokenId, actorName: actor.name };
  const [row] = await db
    .insert(gatePolicies)
    .values({ model, policy, reason, at: now.toISOString(), ...by })
    .returning();
  await appendAudit(db, context, {
    act: "gate_policy_set",
    model,
    reason,
    details: { policy: row?.id ?? null, levels: levelsOf(policy) },
  });
  return describePolicy(db, model);
}

/** The policy in force and its history. */
export async function describePolicy(db: Queries, model: string): Promise<Result<GatePolicyAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  const { id, policy } = await policyInForce(db, model);
  const rows = await db
    .select()
    .from(gatePolicies)
    .where(eq(gatePolicies.model, model))
    .orderBy(desc(gatePolicies.id))
    .limit(HISTORY_MAX);
  const history = rows.map((row) => ({
    id: row.id,
    policy: gatePolicy.parse(row.policy),
    reason: row.reason,
    at: row.at,
    by: { tokenId: row.actorTokenId, name: row.actorName },
  }));
  return succeed({ model, id, policy, history });
}
