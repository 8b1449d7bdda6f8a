/** The record of a gate run: inputs' digests, thresholds, verdicts and outcome, as it is signed and stored. Schema and types only. */
import { z } from "@hono/zod-openapi";
import { modelName, versionName } from "../../contract/names.ts";
import { evidence } from "./evidence.ts";
import { gatePolicy } from "./policy.ts";
import { signOffFacts } from "./sign-off.ts";
import { verdict } from "./verdict.ts";

export const GATE_RUN_SCHEMA = 1;

export const gateRunRecord = z.strictObject({
  schema: z.literal(GATE_RUN_SCHEMA),
  /** Keeps a signed gate run from ever being read as another signed record. */
  kind: z.literal("gate_run"),
  act: z.enum(["run", "promotion"]),
  model: modelName,
  version: versionName,
  at: z.iso.datetime(),
  by: z.strictObject({ tokenId: z.string(), name: z.string() }),
  /** Null: the default policy. */
  policyId: z.int().nullable(),
  policy: gatePolicy,
  evidence,
  signOff: signOffFacts,
  verdicts: z.array(verdict),
  outcome: z.enum(["passed", "stopped", "stopped_in_dry_run"]),
});

export type GateOutcome = GateRunRecord["outcome"];
export type GateRunRecord = z.infer<typeof gateRunRecord>;
