/** One run of a session, its exceptions sorted: input that the model cannot compute is the caller's, running out of memory is ours. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { ModelSession } from "../runtime/model-session.ts";
import { OrtError } from "../runtime/ort-api.ts";

export type RunProblem = { reason: "inference_rejected"; detail: string } | { reason: "inference_failed" };

/** A version passed its golden rows, so what onnxruntime refuses now (a shape that does not broadcast, an index out of range) came with this request. */
export function runModel(
  session: ModelSession,
  inputs: readonly Tensor[],
  outputNames?: readonly string[],
): Result<Tensor[], RunProblem> {
  try {
    return succeed(session.run(inputs, outputNames));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ level: "error", event: "inference_failed", detail: message.slice(0, 300) }));
    const isRefusal = error instanceof OrtError && !/bad_alloc|allocat|memory/i.test(message);
    return isRefusal
      ? fail({ reason: "inference_rejected", detail: publicDetail(message) })
      : fail({ reason: "inference_failed" });
  }
}

/** onnxruntime's own sentence without its source paths and line numbers. */
function publicDetail(message: string): string {
  return message
    .replace(/^the run fails: "?/, "")
    .replace(/\/\S+:[0-9]+ /g, "")
    .split("\n")[0]!
    .slice(0, 160);
}
