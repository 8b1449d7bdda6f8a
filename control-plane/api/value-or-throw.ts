/** Takes the value out of a result, or ends the request with the failure's answer. */
import type { Result } from "../../contract/result.ts";
import type { ControlPlaneFailure } from "../failure.ts";
import { AnswerError } from "./envelope.ts";
import { failureAnswer } from "./failure-answer.ts";

export function valueOrThrow<Value>(result: Result<Value, ControlPlaneFailure>): Value {
  if (result.ok) return result.value;
  throw new AnswerError(failureAnswer(result.failure));
}
