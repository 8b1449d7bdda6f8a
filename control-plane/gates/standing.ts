/** How a version stands with its gates as of now: what `GET …/gates` answers. Reads, judges, stores nothing. */
import type { GatesAnswer } from "../api/gate-schemas.ts";
import type { Queries } from "../registry/database.ts";
import type { VersionRow } from "../registry/versions.ts";
import { currentEvidence, signOffFactsOf, type GateTools } from "./current-evidence.ts";
import { evidenceSha256 } from "./evidence.ts";
import { policyInForce } from "./gate-policies.ts";
import { newestRun } from "./gate-runs.ts";
import { judge, levelsOf, outcomeOf } from "./judge.ts";

export async function gatesAnswerOf(db: Queries, tools: GateTools, row: VersionRow, now: Date): Promise<GatesAnswer> {
  const { id, policy } = await policyInForce(db, row.model);
  const evidence = await currentEvidence(db, tools, row, policy, now);
  const signOff = await signOffFactsOf(db, row);
  const judgement = judge(evidence, signOff, policy);
  const run = await newestRun(db, tools.key, row.model, row.number);
  return {
    model: row.model,
    version: `v${row.number}`,
    policyId: id,
    policy,
    levels: levelsOf(policy),
    verdicts: judgement.verdicts,
    outcome: outcomeOf(judgement, policy),
    evidence,
    evidenceSha256: evidenceSha256(evidence),
    signOff: signOff.newest,
    run: run?.ok ? { id: run.value.id, at: run.value.record.at, by: run.value.record.by } : null,
  };
}
