/** The one form of an error answer (contract/error-codes.ts), and the error that carries one through Hono. */
import type { Context } from "hono";
import { ERROR_CODES, type ErrorBody, type ErrorCode } from "../../contract/error-codes.ts";
import type { ApiEnv } from "./api-env.ts";

export interface ErrorAnswer {
  code: ErrorCode;
  sentence: string;
  details?: unknown;
  headers?: Record<string, string>;
}

/** Thrown by middleware and handlers; app.ts turns it into its answer. */
export class AnswerError extends Error {
  readonly answer: ErrorAnswer;
  constructor(answer: ErrorAnswer) {
    super(answer.sentence);
    this.answer = answer;
  }
}

export function errorResponse(c: Context<ApiEnv>, { code, sentence, details, headers = {} }: ErrorAnswer): Response {
  const body: ErrorBody = {
    error: sentence,
    code,
    request_id: c.get("requestId"),
    ...(details === undefined ? {} : { details }),
  };
  return c.json(body, ERROR_CODES[code], headers);
}
