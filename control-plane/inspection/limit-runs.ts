/**
 * The largest requests that the limits allow, as input tensors: the rows grown, each other free axis grown, all grown together, and one
 * very long text. Pure. An operator sized by an input's shape shows its memory in one of these; a size that jumps only at lengths
 * in between would not, and is left to the cap on the isolate's own WASM memory.
 */
import { REQUEST_BODY_BYTES_MAX, REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "../../contract/limits.ts";
import { elementCount, emptyTensorData, type Tensor, type TensorData } from "../../contract/tensor.ts";
import type { AxisName, ModelInput } from "./model-interface.ts";

type Lengths = ReadonlyMap<AxisName, number>;

export interface LimitRun {
  /** What is at its limit, for messages. */
  name: string;
  tensors: Tensor[];
}

/** One run after another, made when asked for, since each holds up to 1 Mi elements. Values repeat those of the golden rows. */
export function* limitRuns(inputs: readonly ModelInput[], golden: readonly Tensor[]): Generator<LimitRun> {
  for (const { name, lengths } of limitLengths(inputs, golden)) {
    yield { name, tensors: golden.map((tensor, index) => grown(tensor, inputs[index] as ModelInput, lengths)) };
  }
  if (golden.some(({ datatype }) => datatype === "BYTES")) yield { name: "text", tensors: golden.map(withLongText) };
}

/** Lengths of the free axes in each run. Exported for its tests. */
export function limitLengths(inputs: readonly ModelInput[], golden: readonly Tensor[]): { name: string; lengths: Lengths }[] {
  const base = new Map<AxisName, number>();
  const rowAxes = new Set<AxisName>();
  for (const [index, { axes }] of inputs.entries()) {
    for (const [axis, name] of axes.entries()) {
      if (name === undefined) continue;
      base.set(name, golden[index]?.shape[axis] ?? 1);
      if (axis === 0) rowAxes.add(name);
    }
  }
  const names = [...base.keys()];
  const others = names.filter((name) => rowAxes.size > 1 || !rowAxes.has(name));
  const groups = [
    { name: "rows", axes: [...rowAxes] },
    ...others.map((name) => ({ name, axes: [name] })),
    { name: "all free axes", axes: names },
  ].filter(({ axes }) => axes.length > 0);
  const runs = groups.map(({ name, axes }) => ({ name, lengths: largest(axes, base, rowAxes, inputs) }));
  if (runs.length === 0) return [{ name: "the fixed shape", lengths: base }];
  const keys = runs.map(({ lengths }) => JSON.stringify([...lengths]));
  return runs.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

/** Grows `axes` alike, as far as the limits go; rows that are not among them shrink to 1, to leave room. */
function largest(
  axes: readonly AxisName[],
  base: Lengths,
  rowAxes: ReadonlySet<AxisName>,
  inputs: readonly ModelInput[],
): Lengths {
  const at = (length: number): Lengths =>
    new Map(
      [...base].map(([name, usual]) => {
        if (!axes.includes(name)) return [name, rowAxes.has(name) ? 1 : usual];
        return [name, rowAxes.has(name) ? Math.min(length, REQUEST_ROWS_MAX) : length];
      }),
    );
  let fits = 1;
  let tooLong = REQUEST_ELEMENTS_MAX + 1;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (elements(inputs, at(middle)) <= REQUEST_ELEMENTS_MAX) fits = middle;
    else tooLong = middle;
  }
  return at(fits);
}

const elements = (inputs: readonly ModelInput[], lengths: Lengths): number =>
  inputs.reduce((sum, input) => sum + elementCount(shapeAt(input, lengths)), 0);

const shapeAt = ({ manifest, axes }: ModelInput, lengths: Lengths): number[] =>
  manifest.shape.map((fixed, axis) => lengths.get(axes[axis] ?? "") ?? fixed);

function grown(tensor: Tensor, input: ModelInput, lengths: Lengths): Tensor {
  const shape = shapeAt(input, lengths);
  return { ...tensor, shape, data: repeated(tensor, elementCount(shape)) };
}

function repeated({ datatype, data }: Tensor, length: number): TensorData {
  const filled = emptyTensorData(datatype, length);
  for (let at = 0; at < length; at++) (filled as unknown[])[at] = data[at % data.length];
  return filled;
}

function withLongText(tensor: Tensor): Tensor {
  if (tensor.datatype !== "BYTES") return tensor;
  return { ...tensor, data: ["x".repeat(REQUEST_BODY_BYTES_MAX), ...(tensor.data as string[]).slice(1)] };
}
