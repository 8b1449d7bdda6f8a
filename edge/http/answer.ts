/** Answers: every one carries its request id, and the version and generation that made it; every error is the one envelope. */
import type { ErrorBody } from "../../contract/error-codes.ts";
import { REQUEST_ID_LENGTH_MAX } from "../../contract/limits.ts";
import type { Picked } from "../release/fleet.ts";
import { problemPlace, problemToWire, type Problem } from "./problem.ts";

const REQUEST_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${REQUEST_ID_LENGTH_MAX}}$`);

/** The caller's own id when it is a plain token (it goes into logs and a header), else a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID();
}

export function answerJson(requestId: string, json: string, picked?: Picked, status = 200): Response {
  return new Response(json, { status, headers: answerHeaders(requestId, "application/json", picked) });
}

export function answerHeaders(requestId: string, contentType: string, picked?: Picked): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": contentType,
    "x-request-id": requestId,
  };
  if (picked) {
    headers["x-model-version"] = picked.loaded.version;
    headers["x-release-generation"] = String(picked.generation);
  }
  return headers;
}

export function answerProblem(requestId: string, problem: Problem, picked?: Picked): Response {
  const { status, code, message, headers } = problemToWire(problem);
  const place = problemPlace(problem);
  const body: ErrorBody = { error: message, code, request_id: requestId, ...(place && { details: place }) };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...answerHeaders(requestId, "application/json", picked), ...headers },
  });
}
