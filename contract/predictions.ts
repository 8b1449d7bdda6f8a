/**
 * Output tensors as the JSON text of /predict's `predictions`: one entry a row. One output gives its value (a scalar, or an array when
 * it is wider); several give an object by output name; a probability output whose classes are named gives an object by class.
 * Text rather than values, because a JSON number can hold every int64 and a JavaScript number cannot.
 */
import type { ManifestOutput } from "./manifest.ts";
import { fail, succeed, type Result } from "./result.ts";
import { elementCount, type Tensor, type TensorData } from "./tensor.ts";

export type PredictionProblem =
  | { reason: "output_not_finite"; row: number; output: string; got: string }
  | { reason: "output_not_per_row"; output: string; shape: number[]; rows: number };

/** One JSON text per row, in the order of the request. */
export function predictionTexts(
  outputs: readonly Tensor[],
  rows: number,
  manifestOutputs: readonly ManifestOutput[],
): Result<string[], PredictionProblem> {
  const perOutput: string[][] = [];
  for (const tensor of outputs) {
    const texts = rowTexts(tensor, rows, manifestOutputs.find(({ name }) => name === tensor.name)?.labels);
    if (!texts.ok) return texts;
    perOutput.push(texts.value);
  }
  const [only] = perOutput;
  if (perOutput.length === 1 && only) return succeed(only);
  const keys = outputs.map(({ name }) => JSON.stringify(name));
  return succeed(
    Array.from({ length: rows }, (_, row) => `{${keys.map((key, output) => `${key}:${perOutput[output]?.[row]}`).join(",")}}`),
  );
}

function rowTexts(tensor: Tensor, rows: number, labels: ManifestOutput["labels"]): Result<string[], PredictionProblem> {
  const { name, shape, data } = tensor;
  const isPerRow = shape.length > 0 && shape[0] === rows;
  if (!isPerRow && rows !== 1) return fail({ reason: "output_not_per_row", output: name, shape: [...shape], rows });
  const rowShape = isPerRow ? shape.slice(1) : shape;
  const width = elementCount(rowShape);
  const toText = elementText(tensor);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    for (let at = start; at < start + width; at++) {
      if (isNotFinite(data, at)) return fail({ reason: "output_not_finite", row, output: name, got: String(data[at]) });
    }
    if (width === 1 && rowShape.length <= 1) texts.push(toText(start));
    else if (labels && labels.length === width && rowShape.length === 1) {
      texts.push(`{${labels.map((label, column) => `${JSON.stringify(String(label))}:${toText(start + column)}`).join(",")}}`);
    } else texts.push(nestedText(rowShape, 0, start, toText).text);
  }
  return succeed(texts);
}

function nestedText(
  shape: readonly number[],
  axis: number,
  start: number,
  toText: (at: number) => string,
): { text: string; next: number } {
  if (axis === shape.length) return { text: toText(start), next: start + 1 };
  const parts: string[] = [];
  let next = start;
  for (let index = 0; index < (shape[axis] as number); index++) {
    const part = nestedText(shape, axis + 1, next, toText);
    parts.push(part.text);
    next = part.next;
  }
  return { text: `[${parts.join(",")}]`, next };
}

/** JSON text of one element; every integer exact. */
export function elementText({ datatype, data }: Tensor): (at: number) => string {
  if (datatype === "BYTES") return (at) => JSON.stringify((data as string[])[at]);
  if (datatype === "BOOL") return (at) => ((data as Uint8Array)[at] === 0 ? "false" : "true");
  // -0 prints as 0: JSON readers keep the sign of "-0" and callers do not expect it.
  return (at) => String(data[at]);
}

/** NaN and infinities, which JSON cannot carry. */
export function isNotFinite(data: TensorData, at: number): boolean {
  const value = data[at];
  return typeof value === "number" && !Number.isFinite(value);
}
