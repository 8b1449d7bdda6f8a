/** Which output of a model predicts the label, and what kind of task that makes it. Pure; from the manifest alone. */
import { isFloat } from "../../contract/tensor.ts";
import type { Manifest, ManifestOutput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

export type PredictionOutput =
  | { task: "regression"; output: string }
  /** `labels` in column order; `output` has their probabilities. */
  | { task: "classification"; kind: "probabilities"; output: string; labels: string[] }
  /** The output is the label itself: no probabilities to be had. */
  | { task: "classification"; kind: "label"; output: string };

/** `named`: what the evaluation set says. Else the probabilities whose classes the model names, else a float output, else the first. */
export function predictionOutput(
  { outputs }: Pick<Manifest, "outputs">,
  named: string | undefined,
): Result<PredictionOutput, string> {
  const chosen =
    named === undefined
      ? (outputs.find((output) => output.labels !== undefined && isFloat(output.datatype)) ??
        outputs.find(({ datatype }) => isFloat(datatype)) ??
        outputs[0])
      : outputs.find(({ name }) => name === named);
  if (chosen === undefined) return fail(`it has no output ${named}; it has ${outputs.map(({ name }) => name).join(", ")}`);
  const width = widthOf(chosen);
  if (width === undefined)
    return fail(`output ${chosen.name} has the shape [${chosen.shape.join(", ")}], not one row for each row`);
  if (!isFloat(chosen.datatype)) {
    return width === 1
      ? succeed({ task: "classification", kind: "label", output: chosen.name })
      : fail(`output ${chosen.name} has ${width} values of ${chosen.datatype} for each row`);
  }
  if (chosen.labels === undefined && width === 1) return succeed({ task: "regression", output: chosen.name });
  const labels = chosen.labels?.map(String) ?? Array.from({ length: width }, (_, index) => String(index));
  if (labels.length !== width) return fail(`output ${chosen.name} has ${width} values for each row and ${labels.length} labels`);
  return succeed({ task: "classification", kind: "probabilities", output: chosen.name, labels });
}

function widthOf({ shape }: ManifestOutput): number | undefined {
  if (shape.length === 1) return 1;
  const width = shape[1];
  return shape.length === 2 && width !== undefined && width > 0 ? width : undefined;
}
