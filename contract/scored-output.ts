/**
 * Which output of a version is scored once the truth is known, and as what: a number, or the probabilities of classes. From the manifest alone.
 *
 * A version with one numeric output of one value a row is a regression. One with probabilities of classes (columns that the manifest names, or the
 * companion of a label output) is a classifier, if a receipt can hold its classes. Any other version gets no receipts: undefined.
 */
import { elementCount, isFloat } from "./tensor.ts";
import type { ManifestGroups, ManifestOutput } from "./manifest.ts";
import { classNameHash, CLASSES_MAX, NAMED_CLASSES_MAX, type ReceiptPrediction } from "./receipt.ts";

export type ScoredOutput =
  | { form: "value"; output: string }
  /** `names`: hashes that a receipt carries; absent where the classes are 0, 1, … in order. */
  | { form: "probabilities"; output: string; classes: string[]; names: number[] | undefined };

export function scoredOutput(outputs: readonly ManifestOutput[]): ScoredOutput | undefined {
  const probabilities = outputs.filter((output) => classesOf(output, outputs) !== undefined);
  const [only] = probabilities;
  if (only && probabilities.length === 1) return classifierOf(only.name, classesOf(only, outputs) as string[]);
  const [output] = outputs;
  const isValue = output !== undefined && outputs.length === 1 && widthOf(output) === 1 && isNumber(output);
  return isValue ? { form: "value", output: output.name } : undefined;
}

/** Place of the class that a caller's truth names, among those of a receipt; undefined when it is none of them. */
export function trueClass(
  actual: string,
  { probabilities, names }: Extract<ReceiptPrediction, { form: "probabilities" }>,
): number | undefined {
  if (names === undefined) return /^\d{1,2}$/.test(actual) && Number(actual) < probabilities.length ? Number(actual) : undefined;
  const place = names.indexOf(classNameHash(actual));
  return place === -1 ? undefined : place;
}

/** Whether a prediction is favourable; `likeliest` is the place of its likeliest class. */
export function isFavourable(favourable: ManifestGroups["favourable"], scored: ScoredOutput, valueOrPlace: number): boolean {
  if ("atLeast" in favourable) return scored.form === "value" && valueOrPlace >= favourable.atLeast;
  if ("atMost" in favourable) return scored.form === "value" && valueOrPlace <= favourable.atMost;
  return scored.form === "probabilities" && scored.classes[valueOrPlace] === favourable.class;
}

/** Why the rule for favourable predictions does not fit the model, as a sentence; undefined when it does. */
export function groupsProblem({ favourable }: ManifestGroups, outputs: readonly ManifestOutput[]): string | undefined {
  const scored = scoredOutput(outputs);
  if (!scored) return "no output of this model can be scored, so none of its predictions is favourable or not";
  if (!("class" in favourable)) {
    return scored.form === "value"
      ? undefined
      : `the model predicts classes: name the favourable one of ${scored.classes.join(", ")}`;
  }
  if (scored.form === "value") return "the model predicts a number: say atLeast or atMost";
  const isKnown = scored.classes.includes(favourable.class);
  return isKnown
    ? undefined
    : `${JSON.stringify(favourable.class)} is not a class of the model; known: ${scored.classes.join(", ")}`;
}

// --- Not exported ---

function classifierOf(output: string, classes: string[]): ScoredOutput | undefined {
  if (classes.every((name, place) => name === String(place))) {
    return classes.length <= CLASSES_MAX ? { form: "probabilities", output, classes, names: undefined } : undefined;
  }
  const names = classes.map(classNameHash);
  // Two classes that a receipt could not tell apart: one pair in 65,536.
  const isTold = new Set(names).size === names.length;
  return isTold && classes.length <= NAMED_CLASSES_MAX ? { form: "probabilities", output, classes, names } : undefined;
}

/** Names of the classes whose probabilities an output holds; undefined when it holds none. */
function classesOf({ datatype, shape, labels }: ManifestOutput, outputs: readonly ManifestOutput[]): string[] | undefined {
  if (!isFloat(datatype) || shape.length !== 2 || shape[0] !== -1) return undefined;
  const columns = shape[1] as number;
  if (labels) return columns === -1 || columns === labels.length ? labels.map(String) : undefined;
  // Without names, a whole-number label output beside it says that the columns are classes 0, 1, …
  const hasLabelOutput = outputs.some((other) => /^INT(32|64)$/.test(other.datatype) && widthOf(other) === 1);
  return columns >= 2 && hasLabelOutput && outputs.length === 2
    ? Array.from({ length: columns }, (_, place) => String(place))
    : undefined;
}

/** Values of one row; undefined where a row is not the first axis or the caller decides. */
function widthOf({ shape }: ManifestOutput): number | undefined {
  const rest = shape.slice(1);
  return shape[0] === -1 && !rest.includes(-1) ? elementCount(rest) : undefined;
}

/** What a double holds; a 64-bit integer past 2^53 is scored as the nearest one. */
const isNumber = ({ datatype }: ManifestOutput): boolean => datatype !== "BYTES" && datatype !== "BOOL";
