/**
 * Every way a command fails, with its evidence; the sentence and the advice that a person reads, what a script reads, and the exit code.
 * Pure: nothing is printed here.
 */
import type { ErrorBody, ErrorCode } from "../../contract/error-codes.ts";

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

export type Peer = "control plane" | "edge";

export type CliFailure =
  | { reason: "usage"; detail: string }
  | { reason: "token_absent"; lookedIn: string[] }
  | { reason: "unreachable"; peer: Peer; url: string; detail: string }
  | { reason: "refused"; peer: Peer; status: number; body: ErrorBody }
  | { reason: "answer_unreadable"; peer: Peer; url: string; status: number; detail: string }
  | { reason: "file_unreadable"; path: string; detail: string }
  | { reason: "file_unwritable"; path: string; detail: string }
  | { reason: "file_invalid"; path: string; detail: string }
  | { reason: "row_invalid"; path: string; row: number; column?: string | undefined; detail: string }
  | { reason: "training_failed"; detail: string }
  | { reason: "not_published"; generation: number | null; lastError: string | null }
  | { reason: "edge_behind"; model: string; wanted: number; served: number | null; waitedSeconds: number }
  | { reason: "requests_failed"; failed: number; of: number }
  | { reason: "audit_broken"; problems: number }
  | { reason: "drift_job_failed"; detail: string }
  | { reason: "run_without_version"; id: number; state: string; outcome: string | null }
  | { reason: "interrupted" };

export interface FailureText {
  sentence: string;
  /** What to do next, when there is something better than reading the sentence again. */
  advice?: string;
}

export const exitCodeOf = ({ reason }: CliFailure): number => (reason === "usage" ? EXIT_USAGE : EXIT_FAILURE);

export function describeFailure(failure: CliFailure): FailureText {
  switch (failure.reason) {
    case "usage":
      return { sentence: failure.detail };
    case "token_absent":
      return {
        sentence: `no token: looked in ${failure.lookedIn.join(", ")}`,
        advice: "pass --token, set EDGEWISE_TOKEN, or run in the folder where `npm start` was first run",
      };
    case "unreachable":
      return {
        sentence: `the ${failure.peer} does not answer at ${failure.url} (${failure.detail})`,
        advice: startAdvice(failure.peer),
      };
    case "refused":
      return {
        sentence: `${failure.body.error} (${failure.body.code}, HTTP ${failure.status}, request ${failure.body.request_id})`,
        ...adviceForCode(failure.body),
      };
    case "answer_unreadable":
      return {
        sentence: `the ${failure.peer} at ${failure.url} answered HTTP ${failure.status} in a form this command does not know: ${failure.detail}`,
        advice: `check that ${failure.url} is the ${failure.peer}, of the same release as this command`,
      };
    case "training_failed":
      return { sentence: failure.detail };
    case "file_unreadable":
      return { sentence: `cannot read ${failure.path}: ${failure.detail}` };
    case "file_unwritable":
      return { sentence: `cannot write ${failure.path}: ${failure.detail}` };
    case "file_invalid":
      return { sentence: `${failure.path}: ${failure.detail}` };
    case "row_invalid": {
      const column = failure.column === undefined ? "" : `, column ${failure.column}`;
      return { sentence: `${failure.path}, row ${failure.row}${column}: ${failure.detail}` };
    }
    case "not_published":
      return {
        sentence: `recorded as generation ${failure.generation}, but not yet published to the edge: ${failure.lastError ?? "no attempt has ended yet"}`,
        advice: "the control plane goes on trying; watch it with `edgewise release <model>`",
      };
    case "edge_behind":
      return {
        sentence: `published, but after ${failure.waitedSeconds} s the edge serves ${failure.served === null ? "no generation" : `generation ${failure.served}`} of ${failure.model}, not ${failure.wanted}`,
        advice: "see the edge's log or its GET /health for why it refused the release",
      };
    case "requests_failed":
      return { sentence: `${failure.failed} of ${failure.of} requests failed` };
    case "audit_broken":
      return { sentence: `the audit log is not as it was written: ${failure.problems} problems` };
    case "drift_job_failed":
      return { sentence: failure.detail };
    case "run_without_version":
      return {
        sentence: `run ${failure.id} ended as ${failure.state}: ${failure.outcome ?? "no reason is known"}`,
        advice: `\`edgewise retrain log ${failure.id}\` shows what its commands printed`,
      };
    case "interrupted":
      return { sentence: "interrupted" };
  }
}

/** The failure as one JSON record: an API's own envelope as it came, anything else in the same form. */
export function failureRecord(failure: CliFailure): Record<string, unknown> {
  if (failure.reason === "refused") return { ...failure.body, status: failure.status };
  const { reason, ...evidence } = failure;
  return { error: describeFailure(failure).sentence, code: reason, details: evidence };
}

const startAdvice = (peer: Peer): string =>
  peer === "control plane"
    ? "start it with `npm start` (or `node control-plane/server.ts`), or point to it with --url or EDGEWISE_URL"
    : "start it with `npm start`, or point to it with --edge-url or EDGE_URL";

/** For the codes where something better can be said than the sentence itself. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  token_missing: "pass a token with --token or EDGEWISE_TOKEN",
  token_invalid: "the token is unknown, expired or revoked: pass another with --token, or make one with `edgewise token create`",
  role_insufficient: "ask an admin for a token with that role: `edgewise token create --role …`",
  token_unknown: "`edgewise token list` lists the tokens",
  model_unknown: "`edgewise models` lists the models",
  version_unknown: "`edgewise versions <model>` lists the versions",
  webhook_unknown: "`edgewise webhook list` lists the webhooks",
  incident_unknown: "`edgewise incidents` lists the incidents",
  drift_report_unknown: "`edgewise drift reports` lists the reports",
  reference_absent: "`edgewise register … --reference <file>` gives a version its reference; promote one that has it",
  retrain_unknown: "`edgewise retrains` lists the runs",
  retrain_active: "`edgewise retrains` lists the runs; `edgewise retrain cancel` ends one",
  post_mortem_unwritable:
    "make the directory writable for the control plane, or point INCIDENTS_DIRECTORY elsewhere, and close it again",
  gates_refused: "look at `edgewise gates <model> <version>`; `edgewise gates run` collects the evidence anew",
  evidence_changed: "look at `edgewise gates <model> <version>` again, then sign off what it shows",
  release_changed: "somebody moved it meanwhile: look at `edgewise history <model>`, then decide again",
  registry_busy: "try again in a moment",
  rate_limited: "try again in a moment",
  model_not_ready: "try again in a moment",
};

function adviceForCode({ code, details }: ErrorBody): { advice?: string } {
  // A refused artifact whose input was named wrongly: the refusal says what the model has.
  const known = (details as { known?: unknown } | null | undefined)?.known;
  if (code === "artifact_refused" && Array.isArray(known))
    return { advice: `name the input with --input; the model has: ${known.join(", ")}` };
  const advice = ADVICE[code];
  return advice === undefined ? {} : { advice };
}
