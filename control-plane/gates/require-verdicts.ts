/**
 * The one way into production other than a rollback: every promotion, straight or by steps, asks here within its own transaction. What it
 * yields cannot be made elsewhere, and enterProduction takes nothing else.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { GateFailure } from "../failure.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import type { VersionRow } from "../registry/versions.ts";
import { currentEvidence, signOffFactsOf, type GateTools } from "./current-evidence.ts";
import type { Evidence } from "./evidence.ts";
import { policyInForce, type PolicyInForce } from "./gate-policies.ts";
import { GATE_RUN_SCHEMA, type GateRunRecord } from "./gate-run.ts";
import { insertGateRun } from "./gate-runs.ts";
import { judge, outcomeOf } from "./judge.ts";
import type { SignOffFacts } from "./sign-off.ts";

declare const passed: unique symbol;

/** Proof that the gates let a version into production. */
export interface GatesPassed {
  readonly [passed]: true;
  /** The stored run that says on what. */
  readonly run: number;
}

/**
 * Judges the version by the policy in force, on the evidence as of now. What lets it pass is stored as a signed gate run, so that what a promotion
 * stood on can be read, and judged again by another policy, for ever.
 */
export async function requireVerdicts(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  row: VersionRow,
): Promise<Result<GatesPassed, GateFailure>> {
  const record = await judgeNow(db, tools, context, row, "promotion");
  const { model, version, verdicts } = record;
  if (record.outcome === "stopped") {
    const stoppedBy = verdicts.filter(({ level, outcome }) => level === "block" && outcome !== "pass");
    return fail({ reason: "gates_refused", model, version, stoppedBy });
  }
  const run = await insertGateRun(db, tools.key, record);
  return succeed({ run } as GatesPassed);
}

/** The verdicts on a version as of now, as a record that is not stored yet. */
export async function judgeNow(
  db: Queries,
  tools: GateTools,
  context: ActContext,
  row: VersionRow,
  act: GateRunRecord["act"],
): Promise<GateRunRecord> {
  const inForce = await policyInForce(db, row.model);
  const evidence = await currentEvidence(db, tools, row, inForce.policy, context.now);
  return recordOf(context, row, { act, inForce, evidence, signOff: await signOffFactsOf(db, row) });
}

export function recordOf(
  { actor, now }: ActContext,
  row: VersionRow,
  {
    act,
    inForce,
    evidence,
    signOff,
  }: { act: GateRunRecord["act"]; inForce: PolicyInForce; evidence: Evidence; signOff: SignOffFacts },
): GateRunRecord {
  const { id, policy } = inForce;
  const judgement = judge(evidence, signOff, policy);
  return {
    schema: GATE_RUN_SCHEMA,
    kind: "gate_run",
    act,
    model: row.model,
    version: `v${row.number}`,
    at: now.toISOString(),
    by: actor,
    policyId: id,
    policy,
    evidence,
    signOff,
    verdicts: judgement.verdicts,
    outcome: outcomeOf(judgement, policy),
  };
}
