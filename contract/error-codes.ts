/**
 * The stable `code` of every error answer, edge and control plane, with its HTTP status. Callers may switch on a code; a code never
 * changes its meaning. The sentence in `error` is for people and may change.
 */
export const ERROR_CODES = {
  // The request itself
  body_not_json: 400,
  body_invalid: 400,
  body_encoding_invalid: 400,
  json_too_deep: 400,
  row_invalid: 400,
  feature_missing: 400,
  feature_unknown: 400,
  value_invalid: 400,
  value_missing: 400,
  tensor_invalid: 400,
  output_unknown: 400,
  group_unknown: 400,
  receipt_refused: 400,
  output_not_finite: 400,
  inference_rejected: 400,
  query_invalid: 400,
  // Who asks
  token_missing: 401,
  token_invalid: 401,
  role_insufficient: 403,
  origin_forbidden: 403,
  // What is asked for
  route_unknown: 404,
  model_unknown: 404,
  version_unknown: 404,
  token_unknown: 404,
  incident_unknown: 404,
  webhook_unknown: 404,
  retrain_unknown: 404,
  rollout_unknown: 404,
  no_shadow: 404,
  drift_report_unknown: 404,
  method_not_allowed: 405,
  // State
  release_changed: 409,
  stage_move_illegal: 409,
  version_exists: 409,
  nothing_to_roll_back: 409,
  incident_closed: 409,
  rollout_active: 409,
  rollout_without_stable: 409,
  rollout_superseded: 409,
  shadow_illegal: 409,
  gates_refused: 409,
  retrain_not_configured: 409,
  retrain_active: 409,
  retrain_move_illegal: 409,
  sign_off_refused: 409,
  evidence_changed: 409,
  reference_absent: 409,
  rows_too_few: 409,
  // Size and form
  body_too_large: 413,
  rows_too_many: 413,
  elements_too_many: 413,
  media_type_unsupported: 415,
  artifact_refused: 422,
  retrain_config_refused: 422,
  evaluation_set_invalid: 422,
  error_model_refused: 422,
  webhook_refused: 422,
  // Load and faults
  rate_limited: 429,
  inference_failed: 500,
  internal: 500,
  model_not_ready: 503,
  registry_busy: 503,
  registry_unavailable: 503,
  publish_pending: 503,
  feedback_unavailable: 503,
  post_mortem_unwritable: 503,
  edge_silent: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorBody {
  error: string;
  code: ErrorCode;
  request_id: string;
  details?: unknown;
}
