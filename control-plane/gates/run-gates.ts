/**
 * A gate run: collects the evidence that the policy asks for, judges it, and stores both, signed. It permits nothing by itself: a promotion
 * judges anew (require-verdicts.ts). Measuring is done outside of any transaction.
 */
import { succeed, type Result } from "../../contract/result.ts";
import type { GatesAnswer } from "../api/gate-schemas.ts";
import type { EvaluationOutcome } from "../evaluation/evaluation-outcome.ts";
import { scoreVersions, type EvaluationTools } from "../evaluation/run-evaluation.ts";
import { findEvaluationSet } from "../evaluation/set-records.ts";
import type { LookupFailure, RegistryFailure } from "../failure.ts";
import { appendAudit, type Caller } from "../registry/audit.ts";
import type { Registry } from "../registry/database.ts";
import { findVersionRow, type VersionRow } from "../registry/versions.ts";
import { currentEvidence, productionRow, signOffFactsOf, type GateTools } from "./current-evidence.ts";
import { driveCandidate } from "./drive-candidate.ts";
import type { Evidence, Gap } from "./evidence.ts";
import { policyInForce, type PolicyInForce } from "./gate-policies.ts";
import { insertGateRun } from "./gate-runs.ts";
import { missing } from "./measured.ts";
import { recordOf } from "./require-verdicts.ts";
import { gatesAnswerOf } from "./standing.ts";

const COLD_PAUSE_MS = 500;

export interface GateRunTools extends GateTools, EvaluationTools {
  registry: Registry;
  edge: { url: string; token: string | undefined };
  now: () => Date;
  monotonicMs: () => number;
}

export async function runGates(
  tools: GateRunTools,
  caller: Caller,
  { model, version }: { model: string; version: string },
): Promise<Result<GatesAnswer, LookupFailure | RegistryFailure>> {
  const { registry, now } = tools;
  const found = await registry.read((db) => findVersionRow(db, model, version));
  if (!found.ok) return found;
  const row = found.value;
  const inForce = await registry.read((db) => policyInForce(db, model));
  const measured = await measure(tools, row, inForce);
  return registry.write<GatesAnswer>(async (db) => {
    const context = { ...caller, now: now() };
    const signOff = await signOffFactsOf(db, row);
    const record = recordOf(context, row, { act: "run", inForce, evidence: measured, signOff });
    const id = await insertGateRun(db, tools.key, record);
    const { verdicts, outcome } = record;
    const details = {
      run: id,
      outcome,
      verdicts: Object.fromEntries(verdicts.map((one) => [one.gate, `${one.outcome}: ${one.reason}`])),
    };
    await appendAudit(db, context, { act: "gate_run", model, number: row.number, details });
    return succeed(await gatesAnswerOf(db, tools, row, context.now));
  });
}

// --- Not exported ---

async function measure(tools: GateRunTools, row: VersionRow, { policy }: PolicyInForce): Promise<Evidence> {
  const { registry, now } = tools;
  const seen = await registry.read(async (db) => {
    const production = await productionRow(db, row.model);
    return {
      fresh: await currentEvidence(db, tools, row, policy, now()),
      production: production?.number === row.number ? undefined : production,
      set: await findEvaluationSet(db, row.model, policy.evaluationSet),
    };
  });
  const { set, production } = seen;
  const isOn = {
    quality: policy.quality.level !== "off",
    fairness: policy.fairness.level !== "off",
    drift: policy.drift.level !== "off",
    latency: policy.latency.level !== "off",
  };
  const notAsked = missing({ reason: "not_measured" });
  const scored: Result<EvaluationOutcome, Gap> =
    set === undefined
      ? { ok: false, failure: { reason: "set_unknown", set: policy.evaluationSet ?? null } }
      : Object.values(isOn).some(Boolean)
        ? await scoreVersions(tools, { set, candidate: row, production })
        : { ok: false, failure: { reason: "not_measured" } };
  return {
    ...seen.fresh,
    collectedAt: now().toISOString(),
    quality: isOn.quality ? (scored.ok ? scored.value.quality : missing(scored.failure)) : notAsked,
    fairness: isOn.fairness ? (scored.ok ? scored.value.fairness : missing(scored.failure)) : notAsked,
    drift: isOn.drift ? (scored.ok ? scored.value.drift : missing(scored.failure)) : notAsked,
    latency: isOn.latency ? await latencyOf(tools, row, scored, policy.latency.requests) : notAsked,
  };
}

async function latencyOf(
  { edge, monotonicMs }: GateRunTools,
  row: VersionRow,
  scored: Result<EvaluationOutcome, Gap>,
  requests: number,
): Promise<Evidence["latency"]> {
  const version = `v${row.number}`;
  if (!scored.ok) return missing(scored.failure);
  if (row.stage !== "staging" && row.stage !== "production") return missing({ reason: "not_staged", version });
  return driveCandidate({
    edgeUrl: edge.url,
    edgeToken: edge.token,
    model: row.model,
    version,
    rows: scored.value.sampleRows,
    requests,
    coldPauseMs: COLD_PAUSE_MS,
    monotonicMs,
  });
}
