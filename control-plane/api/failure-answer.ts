/** From every expected failure to its answer: the only place where the control plane's failures meet HTTP. Pure and exhaustive. */
import type { RowProblem } from "../evaluation/evaluation-outcome.ts";
import type { ControlPlaneFailure } from "../failure.ts";
import { refusalSentence } from "../registration/refusal-sentence.ts";
import type { ErrorAnswer } from "./envelope.ts";

const RETRY_AFTER_SECONDS = "1";

export function failureAnswer(failure: ControlPlaneFailure): ErrorAnswer {
  const { reason: _, ...details } = failure;
  switch (failure.reason) {
    case "registry_busy":
      return {
        code: "registry_busy",
        sentence: "another process is writing to the registry; nothing was changed, try again",
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      };
    case "registry_unavailable":
      return {
        code: "registry_unavailable",
        sentence: `the registry does not answer as it must (${failure.detail}); reads and the edge go on where they can`,
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      };
    case "model_unknown":
      return { code: "model_unknown", sentence: `there is no model ${failure.model}`, details };
    case "version_unknown":
      return { code: "version_unknown", sentence: `model ${failure.model} has no version ${failure.version}`, details };
    case "artifact_not_on_disk":
      return {
        code: "registry_unavailable",
        sentence: `the artifact of ${failure.version} of ${failure.model} is not on this machine; the edge's storage may have it`,
      };
    case "token_unknown":
      return { code: "token_unknown", sentence: `there is no token ${failure.id}`, details };
    case "stage_move_illegal":
      return { code: "stage_move_illegal", sentence: illegalMoveSentence(failure), details };
    case "release_changed":
      return {
        code: "release_changed",
        sentence: `the release of ${failure.model} is at generation ${failure.currentGeneration}, not at the expected ${failure.expectedGeneration}`,
        details,
      };
    case "nothing_to_roll_back":
      return {
        code: "nothing_to_roll_back",
        sentence:
          failure.why === "never_released"
            ? `model ${failure.model} has never been in production`
            : `model ${failure.model} has no earlier production version to go back to`,
        details,
      };
    case "rollback_target_invalid":
      return {
        code: "stage_move_illegal",
        sentence:
          failure.why === "is_production"
            ? `${failure.version} of ${failure.model} is the production version already`
            : `${failure.version} of ${failure.model} has never been in production: promote it instead`,
        details,
      };
    case "gates_refused":
      return {
        code: "gates_refused",
        sentence: `the gates do not let ${failure.version} of ${failure.model} into production: ${failure.stoppedBy
          .map(({ gate, outcome, sentence }) => `${gate} ${outcome === "fail" ? "failed" : "is inconclusive"} (${sentence})`)
          .join("; ")}`,
        details,
      };
    case "webhook_unknown":
      return { code: "webhook_unknown", sentence: `there is no webhook ${failure.id}`, details };
    case "webhook_refused":
      return { code: "webhook_refused", sentence: `this address gets no webhook: ${failure.detail}`, details };
    case "evaluation_set_invalid":
      return {
        code: "evaluation_set_invalid",
        sentence: `${failure.name} cannot be used: ${problemsSentence(failure.problems)}`,
        details,
      };
    case "error_model_refused":
      return {
        code: "error_model_refused",
        sentence: `${failure.version} of ${failure.model} cannot have this error model: ${failure.detail}`,
        details,
      };
    case "sign_off_by_registrant":
      return {
        code: "sign_off_refused",
        sentence: `${failure.name} registered ${failure.version} of ${failure.model} and may not sign it off too`,
        details,
      };
    case "evidence_changed":
      return {
        code: "evidence_changed",
        sentence: `the evidence on ${failure.version} of ${failure.model} has changed since: look at the gates again`,
        details,
      };
    case "upload_not_multipart":
      return {
        code: "media_type_unsupported",
        sentence: `${failure.what === "evaluation set" ? "an" : "a"} ${failure.what} is multipart/form-data with the parts ${failure.file} and metadata, not ${failure.contentType ?? "a body without a type"}`,
      };
    case "upload_malformed":
      return { code: "body_invalid", sentence: `the multipart body cannot be read: ${failure.detail}` };
    case "upload_too_large":
      return {
        code: "body_too_large",
        sentence: `the part ${failure.part} is over the limit of ${failure.bytesMax} bytes`,
        details,
      };
    case "metadata_not_json":
      return { code: "body_not_json", sentence: `the metadata is not JSON: ${failure.detail}` };
    case "metadata_invalid":
      return { code: "body_invalid", sentence: `the metadata is not as it must be: ${issuesSentence(failure.issues)}`, details };
    case "artifact_refused":
      return { code: "artifact_refused", sentence: refusalSentence(failure.refusal), details: failure.refusal };
    case "version_exists":
      return { code: "version_exists", sentence: `these very bytes are ${failure.version} of ${failure.model} already`, details };
    case "rollout_active":
      return {
        code: "rollout_active",
        sentence: `rollout ${failure.rollout} of ${failure.version} of ${failure.model} is under way: let it end, or abort it first`,
        details,
      };
    case "rollout_without_stable":
      return {
        code: "rollout_without_stable",
        sentence: `model ${failure.model} has no version in production to stand beside: promote one straight`,
        details,
      };
    case "no_rollout":
      return { code: "rollout_unknown", sentence: `model ${failure.model} has no rollout under way`, details };
    case "rollout_superseded":
      return {
        code: "rollout_superseded",
        sentence: `the release of ${failure.model} is not that of rollout ${failure.rollout} any more: abort it`,
        details,
      };
    case "shadow_illegal":
      return {
        code: "shadow_illegal",
        sentence: failure.isServing
          ? `${failure.version} of ${failure.model} answers callers already`
          : `${failure.version} of ${failure.model} is in ${failure.stage}: only a version in staging or archived may be a shadow`,
        details,
      };
    case "no_shadow":
      return { code: "no_shadow", sentence: `model ${failure.model} has no shadow`, details };
    case "incident_unknown":
      return { code: "incident_unknown", sentence: `there is no incident ${failure.id}`, details };
    case "incident_closed":
      return { code: "incident_closed", sentence: `incident ${failure.id} is closed already`, details };
    case "reference_absent":
      return {
        code: "reference_absent",
        sentence: `${failure.version} of ${failure.model} has no reference to compare with: register it with one`,
        details,
      };
    case "nothing_in_production":
      return { code: "reference_absent", sentence: `no version of ${failure.model} was in production at ${failure.at}`, details };
    case "rows_too_few":
      return {
        code: "rows_too_few",
        sentence: `from ${failure.from} to ${failure.to} the edge counted ${failure.rows} rows of ${failure.version} of ${failure.model}, and a reference needs at least ${failure.min}`,
        details,
      };
    case "drift_report_unknown":
      return { code: "drift_report_unknown", sentence: `there is no drift report ${failure.id}`, details };
    case "edge_silent":
      return {
        code: "edge_silent",
        sentence: `the edge's drift windows cannot be read (${failure.detail}); reports of the schedule follow when it answers again`,
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      };
    case "post_mortem_unwritable":
      return {
        code: "post_mortem_unwritable",
        sentence: `the post-mortem cannot be written to ${failure.directory} (${failure.detail}), so the incident was not closed`,
        details,
      };
    case "retrain_not_configured":
      return {
        code: "retrain_not_configured",
        sentence: `no retraining is configured for ${failure.model}: an admin sets it with \`edgewise retrain configure\``,
        details,
      };
    case "retrain_unknown":
      return { code: "retrain_unknown", sentence: `there is no retraining run ${failure.id}`, details };
    case "retrain_active":
      return {
        code: "retrain_active",
        sentence: `retraining run ${failure.id} of ${failure.model} is not over yet, and a model has one at a time`,
        details,
      };
    case "retrain_known":
      return { code: "retrain_active", sentence: `this has made run ${failure.id} of ${failure.model} already`, details };
    case "retrain_move_illegal":
      return {
        code: "retrain_move_illegal",
        sentence: `run ${failure.id} is ${failure.state}: it cannot be moved by ${failure.move}`,
        details,
      };
    case "commands_not_allowed":
      return {
        code: "retrain_config_refused",
        sentence: `this server runs no commands of a configuration (${failure.where.join(", ")}); RETRAIN_COMMANDS=allow in its environment lets it`,
        details,
      };
    case "variables_not_allowed":
      return {
        code: "retrain_config_refused",
        sentence: `this server passes on no variable ${failure.names.join(", ")}; RETRAIN_ENVIRONMENT in its environment lists those that it does`,
        details,
      };
  }
}

function problemsSentence(problems: readonly RowProblem[]): string {
  const shown = problems.slice(0, 3).map(({ row, column, detail }) => {
    const where = [...(row === null ? [] : [`row ${row}`]), ...(column === null ? [] : [`column ${column}`])].join(", ");
    return where === "" ? detail : `${where}: ${detail}`;
  });
  return problems.length > shown.length ? `${shown.join("; ")}; and ${problems.length - shown.length} more` : shown.join("; ");
}

/** `path: message` of each problem, the first few. */
export function issuesSentence(issues: readonly { path: string; message: string }[]): string {
  const shown = issues.slice(0, 3).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return issues.length > shown.length ? `${shown.join("; ")}; and ${issues.length - shown.length} more` : shown.join("; ");
}

function illegalMoveSentence({
  model,
  version,
  from,
  to,
  allowed,
}: Extract<ControlPlaneFailure, { reason: "stage_move_illegal" }>): string {
  if (from === to) return `${version} of ${model} is in ${from} already`;
  if (from === "production")
    return `${version} of ${model} is in production, which it leaves only when another version is promoted or rolled back to`;
  return `${version} of ${model} cannot go from ${from} to ${to}; from ${from} it can go to ${allowed.join(" or ")}`;
}
