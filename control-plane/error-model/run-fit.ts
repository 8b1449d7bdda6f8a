/** Fits an error model in a child process: the parent of fit-process.ts. The retraining pipeline and `edgewise quality estimate-model` both call it. */
import { fail, type Result } from "../../contract/result.ts";
import { runConfined } from "../confined-child.ts";
import type { EvaluatedVersion } from "../evaluation/evaluation-outcome.ts";
import type { TableFile } from "../rows/table.ts";
import type { FittedErrorModel } from "./fit-error-model.ts";

export interface FitJob {
  version: EvaluatedVersion;
  /** Rows with truth that the version was not fitted on, the newest last. */
  file: TableFile;
  label: string;
  seed: number;
}

const ENTRY = new URL("./fit-process.ts", import.meta.url);
const TIMEOUT_MS = 600_000;
const HEAP_MIB_MAX = 2048;

/** Fails with a sentence. */
export async function runFit(job: FitJob): Promise<Result<FittedErrorModel, string>> {
  const ran = await runConfined<Result<FittedErrorModel, string>>({
    entry: ENTRY,
    request: job,
    timeoutMs: TIMEOUT_MS,
    heapMiBMax: HEAP_MIB_MAX,
  });
  if (ran.ok) return ran.value;
  return fail(
    ran.failure.reason === "timed_out"
      ? `fitting it took longer than ${ran.failure.afterMs / 1000} s`
      : `the process that fits it ended (${ran.failure.detail}): the file may be too large for its memory`,
  );
}
