/** Whether a manifest describes an ensemble's model as the walk of trees knows it: FP32 rows of columns in, FP32 one number a row out. */
import type { Manifest } from "../manifest.ts";
import { fail, succeed, type Result } from "../result.ts";
import type { EnsembleLists, OtherModel } from "./read-ensemble.ts";

/** The length of a row. */
export function rowsOfColumns(
  { input, output }: Pick<EnsembleLists, "input" | "output">,
  { inputs, outputs }: Pick<Manifest, "inputs" | "outputs">,
): Result<number, OtherModel> {
  const [taken, given] = [inputs[0], outputs[0]];
  const [rows, columns] = taken?.shape ?? [];
  const isTaken = inputs.length === 1 && taken?.name === input && taken.datatype === "FP32" && taken.shape.length === 2;
  const isGiven = outputs.length === 1 && given?.name === output && given.datatype === "FP32" && given.shape.length === 2;
  if (!isTaken || rows !== -1 || columns === undefined || columns < 1) {
    return fail({ reason: "other_model", why: "its input is not one tensor FP32 [rows, columns]" });
  }
  if (!isGiven || given.shape[0] !== -1 || given.shape[1] !== 1) {
    return fail({ reason: "other_model", why: "its output is not one tensor FP32 [rows, 1]" });
  }
  return succeed(columns);
}
