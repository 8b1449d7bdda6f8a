/** Decides whether the trained model is registered. What is not better ends the run here, with its numbers. */
import { succeed, type Result } from "../../../contract/result.ts";
import { findUploaded } from "../../registration/insert-version.ts";
import { compareVersions } from "../compare-versions.ts";
import type { StepFailure } from "../step-failure.ts";
import type { StepContext, StepOutcome } from "./step.ts";

export async function compare({ run, config, results, tools }: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { evaluated, trained } = results;
  if (!evaluated || !trained) throw new Error(`run ${run.id} compares before it has evaluated`);
  const compared = compareVersions(evaluated, config);
  if (!compared.ok) return compared;
  const details = compared.value;
  // The same data, parameters and seed give the same bytes: that version is there already, whatever became of it.
  const same = await tools.registry.read((db) => findUploaded(db, run.model, trained.sha256));
  if (same !== undefined) return succeed({ move: "reject", text: `it is ${same} again, byte for byte`, details });
  return succeed({ move: details.isBetter ? "advance" : "reject", text: details.sentence, details });
}
