/**
 * The child process of an evaluation: takes one task over the IPC channel, answers with its outcome, and ends. Its parent gives it no environment, no
 * permission to write files or start processes, a small heap and a time limit (confined-child.ts).
 */
import type { ChildReport } from "../confined-child.ts";
import { checkSet } from "./check-set.ts";
import { evaluate } from "./evaluate.ts";
import type { EvaluationAnswer, EvaluationTask } from "./evaluation-outcome.ts";

// A parent that is gone cannot use the outcome.
process.on("disconnect", () => process.exit(1));
process.once("message", (task: EvaluationTask) => {
  void answer(task);
});

async function answer(task: EvaluationTask): Promise<void> {
  const report: ChildReport<EvaluationAnswer> = { kind: "outcome", outcome: await outcomeOf(task) };
  process.send?.(report, undefined, {}, () => process.exit(0));
}

async function outcomeOf(task: EvaluationTask): Promise<EvaluationAnswer> {
  if (task.kind === "check") return { kind: "checked", checked: await checkSet(task.job) };
  const evaluated = await evaluate(task.job);
  return { kind: "evaluated", outcome: evaluated.ok ? evaluated.value : { gap: evaluated.failure } };
}
