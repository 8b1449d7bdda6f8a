/** Runs golden candidates and records the first that will do. The one place that decides whether a model is deterministic. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { numericBytes } from "../../contract/tensor-bytes.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { exampleCandidates, exampleTensors, goldenRecord, madeUpCandidates, recordedBytes } from "./golden.ts";
import type { GoldenRun, Inspection, InspectionOptions, InspectionRefusal } from "./inspection.ts";
import { GOLDEN_BYTES_MAX } from "./inspection-limits.ts";
import type { ModelInput, ModelOutput } from "./model-interface.ts";
import { refusalOfRun, type Probe } from "./probe.ts";

/**
 * The first candidate that runs, fits the manifest and gives the same bits twice. Of made-up rows the ones that the model refuses are
 * passed over; of examples none may be.
 */
export async function runGolden(
  probe: Probe,
  inputs: readonly ModelInput[],
  outputs: readonly ModelOutput[],
  { examples }: InspectionOptions,
): Promise<Result<{ run: GoldenRun; golden: Inspection["golden"] }, InspectionRefusal>> {
  const manifestInputs = inputs.map(({ manifest }) => manifest);
  if (examples) {
    const valid = exampleTensors(examples, manifestInputs);
    if (!valid.ok) return valid;
  }
  const names = outputs.map(({ name }) => name);
  let failedDetail: string | undefined;
  let tooLargeBytes = 0;
  for (const tensors of examples ? exampleCandidates(examples, manifestInputs) : madeUpCandidates(inputs)) {
    const first = await probe.run(tensors, names);
    if (!first.ok) {
      if (examples || first.failure.reason === "out_of_memory") return fail(refusalOfRun(first.failure));
      failedDetail ??= first.failure.detail;
      continue;
    }
    const second = await probe.run(tensors, names);
    if (!second.ok) return fail(refusalOfRun(second.failure));
    const difference = firstDifference(first.value, second.value);
    if (difference) return fail({ reason: "not_deterministic", ...difference });
    const run = { inputs: tensors, outputs: first.value };
    const bytes = recordedBytes(run.inputs) + recordedBytes(run.outputs);
    if (bytes <= GOLDEN_BYTES_MAX) return succeed({ run, golden: goldenRecord(run) });
    tooLargeBytes = bytes;
  }
  if (failedDetail !== undefined) {
    return fail({
      reason: "inference_failed",
      detail: `${failedDetail}; the rows were made up: give examples that the model accepts`,
    });
  }
  return fail({ reason: "golden_too_large", bytes: tooLargeBytes, max: GOLDEN_BYTES_MAX });
}

function firstDifference(first: readonly Tensor[], second: readonly Tensor[]): { where: string; detail: string } | undefined {
  for (const [index, { name, data }] of first.entries()) {
    const again = second[index]?.data ?? [];
    if (again.length !== data.length)
      return { where: name, detail: `${data.length} values in one run, ${again.length} in the next` };
    const at = firstUnequal(data, again);
    if (at !== undefined)
      return { where: name, detail: `element ${at} is ${String(data[at])} in one run, ${String(again[at])} in the next` };
  }
  return undefined;
}

/** Index of the first element that differs in any bit; NaN equals the same NaN. */
function firstUnequal(first: Tensor["data"], second: Tensor["data"]): number | undefined {
  if (Array.isArray(first) || Array.isArray(second)) {
    const at = Array.from(first as string[]).findIndex((text, index) => text !== second[index]);
    return at === -1 ? undefined : at;
  }
  const [a, b] = [numericBytes(first), numericBytes(second)];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? undefined : Math.floor(at / first.BYTES_PER_ELEMENT);
}
