/** Bodies and answers of the gate and evaluation-set routes, with the types derived from them. Schemas only. */
import { z } from "@hono/zod-openapi";
import { modelName, sha256Hex, versionName } from "../../contract/names.ts";
import { evaluationSpec } from "../evaluation/spec.ts";
import { evidence } from "../gates/evidence.ts";
import { gatePolicy, setName } from "../gates/policy.ts";
import { GATES, LEVELS, verdict } from "../gates/verdict.ts";
import { TABLE_FORMATS } from "../rows/table.ts";
import { actor } from "./schemas.ts";

const at = z.iso.datetime();
const reason = z.string().trim().min(1, "a reason is needed: it goes into the history").max(1000);

export const evaluationSetPath = z.object({ model: modelName, name: setName });

/** The `metadata` part of an evaluation set's upload. The other part, `rows`, is the file. */
export const evaluationSetMetadata = z.strictObject({
  format: z.enum(TABLE_FORMATS),
  isGzipped: z.boolean().default(false),
  spec: evaluationSpec,
});

export const evaluationSetAnswer = z.object({
  id: z.int(),
  model: modelName,
  name: setName,
  sha256: sha256Hex,
  bytes: z.int(),
  format: z.enum(TABLE_FORMATS),
  isGzipped: z.boolean(),
  rows: z.int(),
  /** Zero rows or labels are taken, and no gate that needs them passes. */
  labelledRows: z.int(),
  spec: evaluationSpec,
  at,
  by: actor,
  /** Rows by group; only in the answer to an upload. */
  groups: z.record(z.string(), z.int()).optional(),
});
export const evaluationSetsAnswer = z.object({ sets: z.array(evaluationSetAnswer) });

/** How a version stands with its gates. */
export const gatesAnswer = z.object({
  model: modelName,
  version: versionName,
  /** Null: nobody has set one; the default holds. */
  policyId: z.int().nullable(),
  policy: gatePolicy,
  /** The level of every gate, those that are off too. */
  levels: z.record(z.enum(GATES), z.enum(LEVELS)),
  verdicts: z.array(verdict),
  outcome: z.enum(["passed", "stopped", "stopped_in_dry_run"]),
  evidence,
  /** What a sign-off given now would be bound to. */
  evidenceSha256: sha256Hex,
  signOff: z.object({ by: actor, at, evidenceSha256: sha256Hex }).nullable(),
  /** The newest run that measured something. */
  run: z.object({ id: z.int(), at, by: actor }).nullable(),
});

export const signOffBody = z.strictObject({
  /** Refused with `evidence_changed` unless the evidence is still this: what the caller has seen and nothing else. */
  evidenceSha256: sha256Hex,
  note: z.string().max(1000).default(""),
});

export const gatePolicyBody = z.strictObject({ policy: gatePolicy, reason });
export const gatePolicyAnswer = z.object({
  model: modelName,
  id: z.int().nullable(),
  policy: gatePolicy,
  /** Newest first. */
  history: z.array(z.object({ id: z.int(), policy: gatePolicy, reason: z.string(), at, by: actor })),
});

export const replayBody = z.strictObject({ policy: gatePolicy });
export const replayAnswer = z.object({
  model: modelName,
  promotions: z.array(
    z.object({
      version: versionName,
      generation: z.int().nullable(),
      at,
      by: actor,
      /** Null: it was promoted before gates were recorded, or its record does not verify, so nothing can be said. */
      run: z.int().nullable(),
      outcome: z.enum(["passes", "stopped", "unknown"]),
      stoppedBy: z.array(verdict),
    }),
  ),
});

export type EvaluationSetMetadata = z.infer<typeof evaluationSetMetadata>;
export type EvaluationSetAnswer = z.infer<typeof evaluationSetAnswer>;
export type EvaluationSetsAnswer = z.infer<typeof evaluationSetsAnswer>;
export type GatesAnswer = z.infer<typeof gatesAnswer>;
export type GatePolicyAnswer = z.infer<typeof gatePolicyAnswer>;
export type ReplayAnswer = z.infer<typeof replayAnswer>;
