/** The reference that goes into a manifest: what the registrant gave of the features, checked against the model, and what its prediction was found to be. Pure. */
import { columnLayout } from "../../contract/column-layout.ts";
import { PREDICTION, type DriftReference } from "../../contract/drift-reference.ts";
import { windowLayout } from "../../contract/window-layout.ts";
import { DRIFT_BINS_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RegistrationMetadata } from "../api/schemas.ts";
import type { Inspection, InspectionRefusal } from "../inspection/inspection.ts";

const NAMES_SHOWN = 20;

/** Undefined when none was given. */
export function manifestReference(
  given: RegistrationMetadata["reference"],
  { inputs, outputs, predictionReference }: Pick<Inspection, "inputs" | "outputs" | "predictionReference">,
): Result<DriftReference | undefined, InspectionRefusal> {
  if (!given) return succeed(undefined);
  const { rows, source, features } = given;
  const columns = columnLayout(inputs).inputs.flatMap(({ names }) => names ?? []);
  const unknown = Object.keys(features).filter((name) => !columns.includes(name));
  if (unknown.length > 0) {
    const has = columns.length === 0 ? "no named columns" : `the columns ${columns.slice(0, NAMES_SHOWN).join(", ")}`;
    return invalid(`${unknown.slice(0, NAMES_SHOWN).join(", ")} is no feature of the model, which has ${has}`);
  }
  if (Object.hasOwn(features, PREDICTION))
    return invalid(`a feature named ${PREDICTION} could not be told from the model's prediction`);
  const prediction = predictionReference ?? given.prediction;
  if (prediction && !outputs.some(({ name }) => name === prediction.output)) {
    return invalid(`the model has no output ${prediction.output}; it has ${outputs.map(({ name }) => name).join(", ")}`);
  }
  const counted = [...Object.keys(features), ...(prediction ? [PREDICTION] : [])];
  if (counted.length === 0) return invalid("it has neither a feature nor rows to predict");
  const keyFeatures = given.keyFeatures ?? counted;
  const keyless = keyFeatures.find((name) => !counted.includes(name));
  if (keyless !== undefined)
    return invalid(`the key feature ${keyless} is not in it; it has ${counted.slice(0, NAMES_SHOWN).join(", ")}`);
  const reference: DriftReference = {
    rows,
    source,
    features,
    ...(prediction && { prediction }),
    keyFeatures,
  };
  const cells = windowLayout(inputs, reference).reduce((sum, feature) => sum + feature.cells, 0);
  if (cells > DRIFT_BINS_MAX) return invalid(`it has ${cells} bins in all, and the limit is ${DRIFT_BINS_MAX}`);
  return succeed(reference);
}

const invalid = (detail: string) => fail({ reason: "reference_invalid" as const, detail });
