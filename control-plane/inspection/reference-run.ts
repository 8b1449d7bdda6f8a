/**
 * What the version itself predicts for rows of its reference, as the prediction's own reference: the model runs over them in the edge's runtime.
 * Which output counts as the prediction is decided here: the first with one value a row; numbers by quantiles, labels (integers, texts, booleans)
 * by category. A model without one has no reference of its prediction.
 */
import type { DriftReference } from "../../contract/drift-reference.ts";
import { instancesToTensors } from "../../contract/instances.ts";
import type { ManifestInput, ManifestOutput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { isFloat, type Tensor } from "../../contract/tensor.ts";
import { categoricalReference, numericReference } from "../../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../../drift-job/statistics/sorted-sample.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { refusalOfRun, type Probe } from "./probe.ts";

/** Well within the request limits that inspection has tried, and small enough to keep the runtime's memory as it is. */
const ROWS_PER_RUN = 500;

type Prediction = NonNullable<DriftReference["prediction"]>;

/** Undefined where no output has one value a row. Rows on which the model gives NaN count as missing. */
export async function predictionReference(
  probe: Probe,
  inputs: readonly ManifestInput[],
  outputs: readonly ManifestOutput[],
  rows: readonly unknown[],
): Promise<Result<Prediction | undefined, InspectionRefusal>> {
  const output = outputs.find(isOneValueARow);
  if (!output || rows.length === 0) return succeed(undefined);
  const isFixed = inputs.some(({ shape }) => shape[0] !== -1);
  const rowsPerRun = isFixed ? Math.max(1, inputs[0]?.shape[0] ?? 1) : ROWS_PER_RUN;
  const numbers: number[] = [];
  const labels = new Map<string, number>();
  for (let from = 0; from < rows.length; from += rowsPerRun) {
    const batch = rows.slice(from, from + rowsPerRun);
    // A model with a fixed number of rows takes whole batches only.
    if (isFixed && batch.length < rowsPerRun) break;
    const tensors = instancesToTensors(batch, inputs);
    if (!tensors.ok) {
      const detail = `a row of the sample, from ${from} on: ${JSON.stringify(tensors.failure)}`;
      return fail({ reason: "reference_invalid", detail });
    }
    const ran = await probe.run(tensors.value, [output.name]);
    if (!ran.ok) return fail(refusalOfRun(ran.failure));
    const [{ datatype, data }] = ran.value as [Tensor];
    for (let row = 0; row < batch.length; row++) {
      if (isFloat(datatype)) numbers.push(data[row] as number);
      else {
        const label = String(data[row]);
        labels.set(label, (labels.get(label) ?? 0) + 1);
      }
    }
  }
  if (labels.size > 0) return succeed({ output: output.name, rows: sum(labels), reference: categoricalReference(labels, 0) });
  const present = numbers.filter(Number.isFinite);
  if (present.length === 0) return succeed(undefined);
  const reference = numericReference(sortSample(Float64Array.from(present)), numbers.length - present.length);
  return succeed({ output: output.name, rows: numbers.length, reference });
}

/** [rows] or [rows, 1]. */
const isOneValueARow = ({ shape }: ManifestOutput): boolean => shape.length > 0 && shape.length <= 2 && (shape[1] ?? 1) === 1;

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((total, count) => total + count, 0);
