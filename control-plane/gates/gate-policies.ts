/** Gate policies in the registry: what holds for a line now, and setting another. The rows before the newest are the history. */
import { desc, eq } from "drizzle-orm";
import { findEvaluationSet } from "../evaluation/set-records.ts";
import type { Queries } from "../registry/database.ts";
import { gatePolicies } from "../registry/gate-schema.ts";
import { defaultPolicy, gatePolicy, type GatePolicy } from "./policy.ts";

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
