/**
 * A shadow's outputs beside the answer's, row by row. Two rows disagree when their labels differ (a classifier: an integer, text or bool output, or
 * the largest of named probabilities) or when a number is beyond the tolerance (a regressor). Pure; what is counted of it is shadow-queue.ts's.
 */
import type { ManifestOutput } from "../../contract/manifest.ts";
import type { ShadowTolerance } from "../../contract/release.ts";
import { isFloat, type Tensor } from "../../contract/tensor.ts";

export interface Comparison {
  agreed: number;
  disagreed: number;
  /** Rows where the answer is a number and the shadow's is NaN or infinite. They are in neither of the two above. */
  notFinite: number;
  /** Per row that both answer with numbers: shadow − answer, of the element where it is largest. */
  differences: number[];
}

/** Undefined when the two cannot be compared: another output, datatype or shape. Tensors in the same order by name. */
export function compareOutputs(
  answers: readonly Tensor[],
  shadows: readonly Tensor[],
  manifestOutputs: readonly ManifestOutput[],
  tolerance: ShadowTolerance,
): Comparison | undefined {
  const isAlike = answers.every((answer, at) => isSameForm(answer, shadows[at]));
  if (answers.length === 0 || shadows.length !== answers.length || !isAlike) return undefined;
  const rows = rowsOf(answers);
  const pairs = answers.map((answer, at): Pair => pairOf(answer, shadows[at] as Tensor, rows, manifestOutputs));
  const labels = pairs.filter(({ kind }) => kind !== "numbers");
  const comparison: Comparison = { agreed: 0, disagreed: 0, notFinite: 0, differences: [] };
  for (let row = 0; row < rows; row++) {
    const numbers = compareNumbers(pairs, row, tolerance);
    if (numbers === "not_finite") {
      comparison.notFinite++;
      continue;
    }
    const isAgreed = labels.length > 0 ? labels.every((pair) => isSameLabel(pair, row)) : numbers.isWithin;
    if (isAgreed) comparison.agreed++;
    else comparison.disagreed++;
    if (numbers.difference !== undefined) comparison.differences.push(numbers.difference);
  }
  return comparison;
}

interface Pair {
  answer: Tensor;
  shadow: Tensor;
  kind: "labels" | "probabilities" | "numbers";
  width: number;
}

const isSameForm = (answer: Tensor, shadow: Tensor | undefined): boolean =>
  shadow !== undefined &&
  shadow.name === answer.name &&
  shadow.datatype === answer.datatype &&
  shadow.data.length === answer.data.length &&
  shadow.shape[0] === answer.shape[0];

/** The first axis, when all outputs share it; else the whole answer counts as one row. */
function rowsOf(answers: readonly Tensor[]): number {
  const rows = answers[0]?.shape[0] ?? 1;
  return answers.every(({ shape }) => shape[0] === rows) ? rows : 1;
}

function pairOf(answer: Tensor, shadow: Tensor, rows: number, manifestOutputs: readonly ManifestOutput[]): Pair {
  const width = rows === 0 ? 0 : answer.data.length / rows;
  const isNamed = manifestOutputs.find(({ name }) => name === answer.name)?.labels?.length === width;
  const kind = !isFloat(answer.datatype) ? "labels" : isNamed && width > 1 ? "probabilities" : "numbers";
  return { answer, shadow, kind, width };
}

function isSameLabel({ answer, shadow, kind, width }: Pair, row: number): boolean {
  const start = row * width;
  if (kind === "probabilities") {
    return largestAt(answer.data as Float32Array, start, width) === largestAt(shadow.data as Float32Array, start, width);
  }
  for (let at = start; at < start + width; at++) if (answer.data[at] !== shadow.data[at]) return false;
  return true;
}

function largestAt(data: ArrayLike<number>, start: number, width: number): number {
  let best = start;
  for (let at = start + 1; at < start + width; at++) if ((data[at] as number) > (data[best] as number)) best = at;
  return best - start;
}

function compareNumbers(
  pairs: readonly Pair[],
  row: number,
  tolerance: ShadowTolerance,
): "not_finite" | { isWithin: boolean; difference: number | undefined } {
  let isWithin = true;
  let difference: number | undefined;
  for (const { answer, shadow, width } of pairs) {
    if (!isFloat(answer.datatype)) continue;
    for (let at = row * width; at < (row + 1) * width; at++) {
      const [given, other] = [answer.data[at] as number, shadow.data[at] as number];
      if (!Number.isFinite(given)) {
        // V2's binary answers may carry NaN: then the shadow agrees only by the same.
        if (!Object.is(given, other)) isWithin = false;
        continue;
      }
      if (!Number.isFinite(other)) return "not_finite";
      const delta = other - given;
      if (!(Math.abs(delta) <= tolerance.absolute + tolerance.relative * Math.abs(given))) isWithin = false;
      if (difference === undefined || Math.abs(delta) > Math.abs(difference)) difference = delta;
    }
  }
  return { isWithin, difference };
}
