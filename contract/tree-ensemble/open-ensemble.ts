/**
 * An artifact and what its manifest says of it, into a packed ensemble: the one order of steps in which the edge and registration look at a file, so that what
 * one takes the other takes too.
 */
import type { Manifest } from "../manifest.ts";
import { fail, succeed, type Result } from "../result.ts";
import { packEnsemble, type PackedEnsemble } from "./pack-ensemble.ts";
import { readEnsemble, type EnsembleLists, type OtherModel } from "./read-ensemble.ts";

export interface OpenEnsemble {
  lists: EnsembleLists;
  packed: PackedEnsemble;
}

/** "Another model" where the file is no ensemble that can be walked, or the manifest describes other tensors than FP32 rows in and FP32 one number a row out. */
export function openEnsemble(
  artifact: Uint8Array,
  manifest: Pick<Manifest, "inputs" | "outputs">,
): Result<OpenEnsemble, OtherModel> {
  const lists = readEnsemble(artifact);
  if (!lists.ok) return lists;
  const columns = columnsOf(lists.value, manifest);
  if (!columns.ok) return columns;
  const packed = packEnsemble(lists.value, columns.value);
  return packed.ok ? succeed({ lists: lists.value, packed: packed.value }) : packed;
}

/** The length of a row. */
function columnsOf(
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
