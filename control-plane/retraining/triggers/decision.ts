/** What the triggers are decided on, and every outcome. Types only. */
import type { RetrainConfig, TriggerMode } from "../../api/retrain-config-schema.ts";

export const AUTOMATIC_TRIGGERS = ["performance", "drift", "schedule"] as const;
export type AutomaticTrigger = (typeof AUTOMATIC_TRIGGERS)[number];

/** What the registry and the live quality say of one model line. */
export interface TriggerFacts {
  config: Pick<RetrainConfig, "triggers" | "cooldownHours">;
  /** When the configuration in force was made: nothing that was due before is caught up on. */
  configuredAt: Date;
  /** The run that is queued or under way. */
  active: { id: number } | undefined;
  /** The newest run that is over, a dismissed suggestion included. */
  last: { id: number; createdAt: Date; finishedAt: Date } | undefined;
  openSuggestions: readonly { id: number; trigger: AutomaticTrigger }[];
  /** A version newer than production that a run made and nobody has promoted or archived yet. */
  awaitingReview: { version: string; runId: number } | undefined;
  /** Keys of the runs and suggestions there were. */
  usedKeys: ReadonlySet<string>;
  production: { version: string; baselineRmse: number | undefined } | undefined;
  /** Of the production version, over the trigger's window. Undefined: nothing is known. */
  live: { feedback: number; rmse: number } | undefined;
  /** The newest stored drift report on the production version. */
  driftReport: { id: string; at: Date; features: readonly { feature: string; psi: number }[] } | undefined;
}

/** The trigger's condition holds, and this is why. */
export interface TriggerCondition {
  /** The same condition has the same key, and a key starts one run, ever. */
  key: string;
  reason: string;
  evidence: Record<string, unknown>;
}

export type QuietWhy =
  | { why: "not_due"; next: string | null }
  | { why: "nothing_in_production" }
  | { why: "no_baseline"; version: string }
  | { why: "no_live_quality" }
  | { why: "feedback_too_few"; feedback: number; feedbackMin: number }
  | { why: "rmse_not_finite"; version: string }
  | { why: "rmse_within_limit"; rmse: number; limit: number; feedback: number }
  | { why: "no_drift_report" }
  | { why: "drift_report_older_than_run"; report: string; runId: number }
  | { why: "key_features_absent"; report: string; absent: string[] }
  | { why: "psi_within_limit"; report: string; psi: number; feature: string; limit: number }
  | { why: "done_already"; key: string };

export type HeldWhy =
  | { why: "run_active"; runId: number }
  | { why: "awaiting_review"; version: string; runId: number }
  | { why: "cooldown"; until: string; runId: number }
  | { why: "suggestion_open"; runId: number }
  | { why: "other_trigger"; trigger: AutomaticTrigger };

export type TriggerDecision = { trigger: AutomaticTrigger } & (
  | { state: "off" }
  | { state: "quiet"; because: QuietWhy }
  | { state: "held"; because: HeldWhy; condition: TriggerCondition }
  | { state: "fires"; mode: Exclude<TriggerMode, "off">; condition: TriggerCondition }
);

export type Condition = { holds: true; condition: TriggerCondition } | { holds: false; because: QuietWhy };
