/**
 * The child process that fits an error model: takes one job over the IPC channel, answers with the model, and ends. Confined as an evaluation is
 * (confined-child.ts).
 */
import type { Result } from "../../contract/result.ts";
import type { ChildReport } from "../confined-child.ts";
import { fitErrorModel, type FitFailure, type FittedErrorModel } from "./fit-error-model.ts";
import type { FitJob } from "./run-fit.ts";
import { scoreRows } from "./score-rows.ts";

// A parent that is gone cannot use the outcome.
process.on("disconnect", () => process.exit(1));
process.once("message", (job: FitJob) => {
  void answer(job);
});

async function answer(job: FitJob): Promise<void> {
  const report: ChildReport<Result<FittedErrorModel, string>> = { kind: "outcome", outcome: await outcomeOf(job) };
  process.send?.(report, undefined, {}, () => process.exit(0));
}

async function outcomeOf({ version, file, label, seed }: FitJob): Promise<Result<FittedErrorModel, string>> {
  const scored = await scoreRows(version, file, label);
  if (!scored.ok) return scored;
  const fitted = fitErrorModel(scored.value, seed);
  return fitted.ok ? fitted : { ok: false, failure: sentence(fitted.failure) };
}

function sentence(failure: FitFailure): string {
  switch (failure.reason) {
    case "rows_too_few":
      return `${failure.rows} rows with a label are too few to learn errors from: at least ${failure.min}`;
    case "errors_not_finite":
      return "an error is too large for a float32 once it is squared";
  }
}
