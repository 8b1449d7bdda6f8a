/**
 * Every expected failure of the control plane, tagged and with its evidence. What a failure is over HTTP is decided in one place,
 * api/failure-answer.ts. Broken invariants are not here: they throw.
 */
import type { Stage } from "./api/schemas.ts";
import type { RowProblem } from "./evaluation/evaluation-outcome.ts";
import type { Verdict } from "./gates/verdict.ts";
import type { InspectionRefusal } from "./inspection/inspection.ts";
import type { RetrainConfigRefusal } from "./retraining/server-policy.ts";
import type { RunMove, RunState } from "./retraining/run-state.ts";

export type RegistryFailure =
  /** Another process held the write lock for longer than the retries; nothing was written. */
  | { reason: "registry_busy"; attempts: number }
  /** The database cannot be written or read at all: read-only, full, corrupt, replaced, unreachable. */
  | { reason: "registry_unavailable"; detail: string };

export type LookupFailure =
  | { reason: "model_unknown"; model: string }
  | { reason: "version_unknown"; model: string; version: string }
  | { reason: "artifact_not_on_disk"; model: string; version: string }
  | { reason: "token_unknown"; id: string };

export type MoveFailure =
  | { reason: "stage_move_illegal"; model: string; version: string; from: Stage; to: Stage; allowed: Stage[] }
  | { reason: "release_changed"; model: string; expectedGeneration: number; currentGeneration: number }
  | { reason: "nothing_to_roll_back"; model: string; why: "never_released" | "no_earlier_production" }
  | { reason: "rollback_target_invalid"; model: string; version: string; why: "is_production" | "was_never_production" };

export type ArtifactRefusal =
  | InspectionRefusal
  | { reason: "digest_mismatch"; claimed: string; got: string }
  | { reason: "manifest_too_large"; bytes: number; max: number };

export type UploadFailure =
  | { reason: "upload_not_multipart"; contentType: string | undefined; what: string; file: string }
  | { reason: "upload_malformed"; detail: string }
  | { reason: "upload_too_large"; part: string; bytesMax: number }
  | { reason: "metadata_not_json"; detail: string }
  | { reason: "metadata_invalid"; issues: { path: string; message: string }[] };

export type RegistrationFailure =
  | UploadFailure
  | { reason: "artifact_refused"; refusal: ArtifactRefusal }
  | { reason: "version_exists"; model: string; version: string; sha256: string };

export type IncidentFailure =
  | { reason: "incident_unknown"; id: number }
  | { reason: "incident_closed"; id: number }
  /** Nothing was changed: the incident is not closed either. */
  | { reason: "post_mortem_unwritable"; directory: string; detail: string };

/** The promotion was stopped; nothing was changed. */
export type GateFailure = { reason: "gates_refused"; model: string; version: string; stoppedBy: Verdict[] };

export type RetrainFailure =
  | { reason: "retrain_not_configured"; model: string }
  | { reason: "retrain_unknown"; id: number }
  /** The model has a run that is queued or under way. */
  | { reason: "retrain_active"; model: string; id: number }
  /** The same condition has made this run, or this suggestion, already. */
  | { reason: "retrain_known"; model: string; id: number }
  | { reason: "retrain_move_illegal"; id: number; state: RunState; move: RunMove }
  | RetrainConfigRefusal;

export type DriftFailure =
  /** The version's manifest has no reference, so nothing of its traffic was counted. */
  | { reason: "reference_absent"; model: string; version: string }
  | { reason: "nothing_in_production"; model: string; at: string }
  | { reason: "rows_too_few"; model: string; version: string; from: string; to: string; rows: number; min: number }
  | { reason: "drift_report_unknown"; id: number }
  /** The windows of now could not be fetched, and without them an answer would be of the past. */
  | { reason: "edge_silent"; detail: string };

/** Of rollouts and shadows. */
export type RolloutFailure =
  | { reason: "rollout_active"; model: string; version: string; rollout: number }
  /** Nothing is in production yet that a canary, or a shadow, could stand beside. */
  | { reason: "rollout_without_stable"; model: string }
  | { reason: "no_rollout"; model: string }
  /** The current release is not this rollout's any more. */
  | { reason: "rollout_superseded"; model: string; rollout: number }
  | { reason: "shadow_illegal"; model: string; version: string; stage: Stage; isServing: boolean }
  | { reason: "no_shadow"; model: string };

/** It is not one that this version can have. */
export type ErrorModelFailure = { reason: "error_model_refused"; model: string; version: string; detail: string };

export type EvaluationSetFailure = { reason: "evaluation_set_invalid"; name: string; problems: RowProblem[] };

/** Why nobody's signature was taken. */
export type SignOffFailure =
  | { reason: "sign_off_by_registrant"; model: string; version: string; name: string }
  /** The evidence is not what the caller says to have seen. */
  | { reason: "evidence_changed"; model: string; version: string; expected: string; current: string };

export type WebhookFailure = { reason: "webhook_unknown"; id: string } | { reason: "webhook_refused"; detail: string };

export type ControlPlaneFailure =
  | WebhookFailure
  | EvaluationSetFailure
  | ErrorModelFailure
  | SignOffFailure
  | RegistryFailure
  | LookupFailure
  | MoveFailure
  | GateFailure
  | RolloutFailure
  | RegistrationFailure
  | IncidentFailure
  | RetrainFailure
  | DriftFailure;
