/** Every way a request can fail, and the one place that turns each into a status, a code and a sentence. */
import { ERROR_CODES, type ErrorCode } from "../../contract/error-codes.ts";
import type { InstanceProblem } from "../../contract/instances.ts";
import type { PredictionProblem } from "../../contract/predictions.ts";
import type { TensorProblem } from "../oip/tensor-problem.ts";
import type { FeedbackOutcome } from "../feedback/outcomes.ts";
import type { GroupProblem } from "../feedback/row-groups.ts";
import type { ServingProblem } from "../release/fleet.ts";
import type { BodyProblem } from "./body.ts";
import type { JsonProblem } from "./json.ts";

export type Problem =
  | BodyProblem
  | JsonProblem
  | InstanceProblem
  | PredictionProblem
  | TensorProblem
  | ServingProblem
  | GroupProblem
  | { reason: "body_invalid"; detail: string }
  | { reason: "query_invalid"; parameter: string; detail: string }
  | { reason: "receipt_refused"; outcome: FeedbackOutcome; detail: string }
  | { reason: "feedback_unavailable" }
  | { reason: "inference_rejected"; detail: string }
  | { reason: "inference_failed" }
  | { reason: "token_missing" }
  | { reason: "token_invalid" }
  | { reason: "route_unknown"; path: string }
  | { reason: "method_not_allowed"; method: string; allowed: string }
  | { reason: "internal" };

/** Where in the request the fault lies, for a program that sent many rows: zero-based row, and the feature or input. */
export interface ProblemPlace {
  row: number;
  feature?: string;
}

export interface WireProblem {
  status: number;
  code: ErrorCode;
  message: string;
  headers?: Record<string, string>;
}

const RETRY_AFTER_SECONDS = "2";

/** The place of a problem that has one. */
export function problemPlace(problem: Problem): ProblemPlace | undefined {
  if (!("row" in problem)) return undefined;
  const feature = "feature" in problem ? problem.feature : "input" in problem ? problem.input : undefined;
  return feature === undefined ? { row: problem.row } : { row: problem.row, feature };
}

/** Wire form of a problem. No `default`: a new reason does not compile until it is mapped here. */
export function problemToWire(problem: Problem): WireProblem {
  switch (problem.reason) {
    case "body_too_large":
      return wire("body_too_large", `the body is over the limit of ${problem.bytesMax} bytes`);
    case "body_incomplete":
      return wire("body_invalid", "the body ended before it was whole");
    case "body_encoding_unsupported":
      return wire("media_type_unsupported", `Content-Encoding ${quote(problem.got)} is not supported: use gzip or none`);
    case "body_encoding_invalid":
      return wire("body_encoding_invalid", `the body is not valid ${problem.encoding}`);
    case "media_type_unsupported":
      return wire("media_type_unsupported", `Content-Type ${quote(problem.got)} is not supported: use application/json`);
    case "charset_unsupported":
      return wire("media_type_unsupported", `charset ${quote(problem.got)} is not supported: use utf-8`);
    case "body_not_utf8":
      return wire("body_encoding_invalid", "the body is not UTF-8 (or holds the replacement character U+FFFD)");
    case "body_not_json":
      return wire("body_not_json", `the body is not JSON: ${problem.detail}`);
    case "json_too_deep":
      return wire("json_too_deep", `the body nests deeper than the limit of ${problem.depthMax}`);
    case "body_invalid":
      return wire("body_invalid", problem.detail);
    case "group_unknown":
      return wire(
        "group_unknown",
        `row ${problem.row}: ${problem.got} is not a group of this version; known: ${list(problem.known)}`,
      );
    case "query_invalid":
      return wire("query_invalid", `the query ${quote(problem.parameter)} ${problem.detail}`);
    case "receipt_refused":
      return wire("receipt_refused", problem.detail);
    case "feedback_unavailable":
      return {
        ...wire("feedback_unavailable", "the truth could not be counted just now; send it again: it counts once"),
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      };
    case "rows_none":
      return wire("body_invalid", "instances is empty: send at least one row");
    case "rows_too_many":
      return wire("rows_too_many", `${problem.rows} rows are over the limit of ${problem.max}`);
    case "rows_fixed":
      return wire("row_invalid", `input ${quote(problem.input)} takes exactly ${problem.expected} rows, got ${problem.rows}`);
    case "elements_too_many":
      return wire("elements_too_many", `${problem.elements} elements are over the limit of ${problem.max}`);
    case "row_not_row":
      return wire(
        "row_invalid",
        `row ${problem.row}: an object by feature name or an array in order is needed, got ${problem.got}`,
      );
    case "row_length":
      return wire(
        "row_invalid",
        `row ${problem.row}: ${problem.expected} values are needed (${list(problem.features)}), got ${problem.got}`,
      );
    case "feature_missing":
      return wire(
        "feature_missing",
        `row ${problem.row}: feature ${quote(problem.feature)} is absent; needed: ${list(problem.features)} (null when a value is missing)`,
      );
    case "feature_unknown":
      return wire(
        "feature_unknown",
        `row ${problem.row}: ${quote(problem.feature)} is not a feature of this model; known: ${list(problem.features)}`,
      );
    case "value_missing":
      return wire(
        "value_missing",
        `row ${problem.row}: ${quote(problem.feature)} is null, and this model allows no missing value there`,
      );
    case "value_invalid":
      return wire("value_invalid", `row ${problem.row}: ${quote(problem.feature)} takes ${problem.allowed}, got ${problem.got}`);
    case "array_shape":
      return wire("row_invalid", `row ${problem.row}: input ${quote(problem.input)}: ${problem.detail}`);
    case "output_not_finite":
      return wire(
        "output_not_finite",
        `row ${problem.row}: output ${quote(problem.output)} is ${problem.got}, which JSON cannot carry; ask for binary output over V2 to receive it`,
      );
    case "output_not_per_row":
      return wire(
        "body_invalid",
        `output ${quote(problem.output)} of shape [${problem.shape.join(", ")}] has no entry per row for ${problem.rows} rows; use V2 infer`,
      );
    case "tensor_invalid":
      return wire("tensor_invalid", `${problem.tensor === "" ? "" : `tensor ${quote(problem.tensor)}: `}${problem.detail}`);
    case "output_unknown":
      return wire("output_unknown", `${quote(problem.output)} is not an output of this model; known: ${list(problem.known)}`);
    case "model_unknown":
      return wire("model_unknown", `there is no model ${quote(problem.model)}; known: ${list(problem.known)}`);
    case "model_not_named":
      return wire("body_invalid", `name a model; known: ${list(problem.known)}`);
    case "version_unknown":
      return wire(
        "version_unknown",
        `${problem.model} has no version ${quote(problem.version)} in its release; available: ${list(problem.available)}`,
      );
    case "model_not_ready":
      return {
        ...wire("model_not_ready", `model ${problem.model} is not ready here: ${problem.because}`),
        headers: { "retry-after": RETRY_AFTER_SECONDS },
      };
    case "inference_rejected":
      return wire("inference_rejected", `the model could not compute this input: ${problem.detail}`);
    case "inference_failed":
      return wire("inference_failed", "the model failed on this request");
    case "token_missing":
      return { ...wire("token_missing", "a bearer token is needed"), headers: { "www-authenticate": "Bearer" } };
    case "token_invalid":
      return { ...wire("token_invalid", "the bearer token is not valid"), headers: { "www-authenticate": "Bearer" } };
    case "route_unknown":
      return wire("route_unknown", `there is no route ${quote(problem.path)}; see /openapi.json`);
    case "method_not_allowed":
      return {
        ...wire("method_not_allowed", `${problem.method} is not allowed here; allowed: ${problem.allowed}`),
        headers: { allow: problem.allowed },
      };
    case "internal":
      return wire("internal", "an error on our side; the request id finds it in the logs");
  }
}

const wire = (code: ErrorCode, message: string): WireProblem => ({ status: ERROR_CODES[code], code, message });

const quote = (text: string): string => JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 77)}…`);

const list = (names: readonly string[]): string =>
  names.length === 0 ? "none" : `${names.slice(0, 40).join(", ")}${names.length > 40 ? ", …" : ""}`;
