/**
 * Rows as callers write them (objects by feature name, or arrays in order) into the tensors that a model takes.
 * Pure and fast: the column layout is worked out once per manifest, then each request only walks its rows.
 * Not the V2 protocol, whose tensors arrive as tensors.
 */
import { columnLayout, type ColumnLayout, type InputColumns } from "./column-layout.ts";
import { REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "./limits.ts";
import type { ManifestInput } from "./manifest.ts";
import { fail, succeed, type Result } from "./result.ts";
import { elementCount, emptyTensorData, type Tensor } from "./tensor.ts";
import { elementWriter, type ElementWriter } from "./tensor-element.ts";

export type InstanceProblem =
  | { reason: "rows_none" }
  | { reason: "rows_too_many"; rows: number; max: number }
  | { reason: "rows_fixed"; rows: number; expected: number; input: string }
  | { reason: "elements_too_many"; elements: number; max: number }
  | { reason: "row_not_row"; row: number; got: string }
  | { reason: "row_length"; row: number; got: number; expected: number; features: string[] }
  | { reason: "feature_missing"; row: number; feature: string; features: string[] }
  | { reason: "feature_unknown"; row: number; feature: string; features: string[] }
  | { reason: "value_missing"; row: number; feature: string }
  | { reason: "value_invalid"; row: number; feature: string; got: string; allowed: string }
  | { reason: "array_shape"; row: number; input: string; detail: string };

export type InstanceEncoder = (instances: readonly unknown[]) => Result<Tensor[], InstanceProblem>;

/** Encoder for one manifest's inputs; keep it beside the loaded version. */
export function instanceEncoder(inputs: readonly ManifestInput[]): InstanceEncoder {
  const layout = columnLayout(inputs);
  const writers = layout.inputs.map(({ input }) => elementWriter(input.datatype, input.missing));
  return function encodeInstances(instances) {
    const rows = instances.length;
    if (rows === 0) return fail({ reason: "rows_none" });
    if (rows > REQUEST_ROWS_MAX) return fail({ reason: "rows_too_many", rows, max: REQUEST_ROWS_MAX });
    for (const { input } of layout.inputs) {
      const expected = input.shape[0] ?? 1;
      if (expected !== -1 && expected !== rows) {
        return fail({ reason: "rows_fixed", rows, expected, input: input.name });
      }
    }
    const shapes: number[][] = [];
    let elements = 0;
    for (const columns of layout.inputs) {
      const shape = inputShape(columns, rows, instances[0], layout);
      if (!shape.ok) return shape;
      shapes.push(shape.value);
      elements += elementCount(shape.value);
    }
    if (elements > REQUEST_ELEMENTS_MAX) return fail({ reason: "elements_too_many", elements, max: REQUEST_ELEMENTS_MAX });
    const tensors = layout.inputs.map(({ input }, index): Tensor => ({
      name: input.name,
      datatype: input.datatype,
      shape: shapes[index] as number[],
      data: emptyTensorData(input.datatype, elementCount(shapes[index] as number[])),
    }));
    for (let row = 0; row < rows; row++) {
      const problem = writeRow(instances[row], row, layout, tensors, writers);
      if (problem) return fail(problem);
    }
    return succeed(tensors);
  };
}

/** One-off form of `instanceEncoder`. */
export function instancesToTensors(
  instances: readonly unknown[],
  inputs: readonly ManifestInput[],
): Result<Tensor[], InstanceProblem> {
  return instanceEncoder(inputs)(instances);
}

function writeRow(
  instance: unknown,
  row: number,
  layout: ColumnLayout,
  tensors: readonly Tensor[],
  writers: readonly ElementWriter[],
): InstanceProblem | undefined {
  if (Array.isArray(instance)) {
    if (layout.isTabular) return writePositional(instance, row, layout, tensors, writers);
    if (layout.inputs.length === 1) return writeArray(instance, row, 0, layout, tensors, writers);
    return {
      reason: "row_not_row",
      row,
      got: "an array, but this model's inputs are not all columns: use an object by input name",
    };
  }
  if (instance === null || typeof instance !== "object") {
    return { reason: "row_not_row", row, got: describe(instance) };
  }
  return writeNamed(instance as Record<string, unknown>, row, layout, tensors, writers);
}

function writePositional(
  values: readonly unknown[],
  row: number,
  layout: ColumnLayout,
  tensors: readonly Tensor[],
  writers: readonly ElementWriter[],
): InstanceProblem | undefined {
  if (values.length !== layout.width) {
    return { reason: "row_length", row, got: values.length, expected: layout.width, features: layout.names };
  }
  let position = 0;
  for (let index = 0; index < layout.inputs.length; index++) {
    const { width } = layout.inputs[index] as InputColumns;
    const data = (tensors[index] as Tensor).data;
    const write = writers[index] as ElementWriter;
    const start = row * width;
    for (let column = 0; column < width; column++, position++) {
      const refused = write(data, start + column, values[position]);
      if (refused) return refusedValue(refused, row, layout.names[position] as string, values[position]);
    }
  }
  return undefined;
}

function writeNamed(
  values: Record<string, unknown>,
  row: number,
  layout: ColumnLayout,
  tensors: readonly Tensor[],
  writers: readonly ElementWriter[],
): InstanceProblem | undefined {
  let used = 0;
  let position = 0;
  for (let index = 0; index < layout.inputs.length; index++) {
    const { input, width, names } = layout.inputs[index] as InputColumns;
    if (width === 0 || names === undefined || (Object.hasOwn(values, input.name) && width > 1)) {
      if (!Object.hasOwn(values, input.name))
        return { reason: "feature_missing", row, feature: input.name, features: layout.names };
      const problem = writeArray(values[input.name], row, index, layout, tensors, writers);
      if (problem) return problem;
      used++;
      position += width;
      continue;
    }
    const data = (tensors[index] as Tensor).data;
    const write = writers[index] as ElementWriter;
    const start = row * width;
    for (let column = 0; column < width; column++, position++) {
      const name = names[column] as string;
      const value = values[name];
      const refused = write(data, start + column, value);
      if (refused !== undefined) {
        // Asked only now: what an absent name finds on Object.prototype is a function, which no datatype takes.
        if (!Object.hasOwn(values, name)) return { reason: "feature_missing", row, feature: name, features: layout.names };
        return refusedValue(refused, row, name, value);
      }
      used++;
    }
  }
  let present = 0;
  for (const _ in values) present++;
  if (present === used) return undefined;
  const known = new Set([...layout.names, ...layout.inputs.map(({ input }) => input.name)]);
  const feature = Object.keys(values).find((key) => !known.has(key)) ?? `${Object.keys(values)[used]}`;
  return { reason: "feature_unknown", row, feature, features: layout.names };
}

/** Writes one instance's nested array into its row of an input. */
function writeArray(
  value: unknown,
  row: number,
  index: number,
  layout: ColumnLayout,
  tensors: readonly Tensor[],
  writers: readonly ElementWriter[],
): InstanceProblem | undefined {
  const { input, rowAxis } = layout.inputs[index] as InputColumns;
  const tensor = tensors[index] as Tensor;
  const write = writers[index] as ElementWriter;
  const rowShape = rowAxis ? tensor.shape.slice(1) : tensor.shape;
  let at = rowAxis ? row * elementCount(rowShape) : 0;
  return walk(value, 0);

  function walk(part: unknown, axis: number): InstanceProblem | undefined {
    if (axis === rowShape.length) {
      const refused = write(tensor.data, at++, part);
      return refused === undefined ? undefined : refusedValue(refused, row, input.name, part);
    }
    const length = rowShape[axis] as number;
    if (!Array.isArray(part) || part.length !== length) {
      const got = Array.isArray(part) ? `${part.length} values` : describe(part);
      return { reason: "array_shape", row, input: input.name, detail: `axis ${axis} takes ${length} values, got ${got}` };
    }
    for (const item of part) {
      const problem = walk(item, axis + 1);
      if (problem) return problem;
    }
    return undefined;
  }
}

/** Shape of an input for this request; free axes other than the rows take their length from the first row. */
function inputShape(
  columns: InputColumns,
  rows: number,
  first: unknown,
  layout: ColumnLayout,
): Result<number[], InstanceProblem> {
  const { input, rowAxis } = columns;
  if (!input.shape.includes(-1, 1)) return succeed(rowAxis ? [rows, ...input.shape.slice(1)] : [...input.shape]);
  let part: unknown = first;
  if (!Array.isArray(first) && typeof first === "object" && first !== null) part = (first as Record<string, unknown>)[input.name];
  else if (layout.inputs.length > 1) return fail({ reason: "row_not_row", row: 0, got: describe(first) });
  const shape = [rows];
  for (let axis = 1; axis < input.shape.length; axis++) {
    const fixed = input.shape[axis] as number;
    if (!Array.isArray(part)) {
      return fail({
        reason: "array_shape",
        row: 0,
        input: input.name,
        detail: `axis ${axis - 1} takes an array, got ${describe(part)}`,
      });
    }
    shape.push(fixed === -1 ? part.length : fixed);
    part = part[0];
  }
  return succeed(shape);
}

function refusedValue(refused: string, row: number, feature: string, value: unknown): InstanceProblem {
  if (value === null) return { reason: "value_missing", row, feature };
  return { reason: "value_invalid", row, feature, got: describe(value), allowed: refused };
}

/** What a value is, short enough for an error sentence and never the value of a long text. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") {
    return value.length <= 40 ? `the text ${JSON.stringify(value)}` : `a text of ${value.length} characters`;
  }
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : "an object";
}
