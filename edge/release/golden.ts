/** The golden rows, run again before a version serves: the bytes are right, but does this runtime still give the recorded answers? */
import type { Manifest } from "../../contract/manifest.ts";
import { recordToTensor } from "../../contract/tensor-bytes.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { Refusal } from "./refusal.ts";

type Golden = Manifest["golden"];

/** Undefined when every output is within the tolerance. */
export function checkGoldenRows(
  golden: Golden,
  run: (inputs: readonly Tensor[], outputNames: readonly string[]) => Tensor[],
): Refusal | undefined {
  const inputs = golden.inputs.map(recordToTensor);
  const expected = golden.outputs.map(recordToTensor);
  if (!inputs.every((tensor) => tensor !== undefined) || !expected.every((tensor) => tensor !== undefined)) {
    return { reason: "manifest_invalid", detail: "a golden tensor's data does not fill its shape" };
  }
  let outputs: Tensor[];
  try {
    outputs = run(
      inputs,
      expected.map(({ name }) => name),
    );
  } catch (error) {
    return {
      reason: "session_rejected",
      detail: `golden rows: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}`,
    };
  }
  for (const [index, want] of expected.entries()) {
    const mismatch = compareTensors(outputs[index] as Tensor, want, golden.tolerance);
    if (mismatch) return mismatch;
  }
  return undefined;
}

function compareTensors(got: Tensor, want: Tensor, tolerance: Golden["tolerance"]): Refusal | undefined {
  if (got.datatype !== want.datatype || got.data.length !== want.data.length) {
    return {
      reason: "golden_mismatch",
      output: want.name,
      at: 0,
      got: `${got.datatype}[${got.data.length}]`,
      expected: `${want.datatype}[${want.data.length}]`,
    };
  }
  for (let at = 0; at < want.data.length; at++) {
    const [a, b] = [got.data[at] as number, want.data[at] as number];
    // Object.is lets a NaN match a NaN; the comparison that follows is false for any other NaN.
    if (Object.is(a, b) || a === b) continue;
    if (typeof a === "number" && Math.abs(a - b) <= tolerance.absolute + tolerance.relative * Math.abs(b)) continue;
    return { reason: "golden_mismatch", output: want.name, at, got: String(a), expected: String(b) };
  }
  return undefined;
}
