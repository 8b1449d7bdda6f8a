/**
 * A model's inputs and outputs as the manifest tells them: datatypes, shapes, feature names, how a missing value is encoded.
 * Pure. Outputs that are not tensors are left out (the edge fetches by name); inputs must all be tensors.
 */
import { columnLayout } from "../../contract/column-layout.ts";
import { datatypeOfOnnx, type Datatype } from "../../contract/datatype.ts";
import { manifestInput, manifestOutput, type ManifestInput, type ManifestOutput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { elementCount, isFloat } from "../../contract/tensor.ts";
import type { InspectionOptions, InspectionRefusal } from "./inspection.ts";
import { INPUT_ELEMENTS_MAX } from "./inspection-limits.ts";
import { initializerNames } from "./model-parts.ts";
import type { ParsedModel } from "./onnx-parse.ts";
import type { OnnxType, OnnxValueInfo } from "./onnx-schema.ts";

const PORTS_MAX = 64;

/** A free axis: axes with one name have one length in a request. */
export type AxisName = string;

export interface ModelInput {
  manifest: ManifestInput;
  /** For each axis its name when it is free, undefined when it is fixed. */
  axes: (AxisName | undefined)[];
}

export interface ModelOutput {
  name: string;
  datatype: Datatype;
  /** As the file declares it, -1 for a free axis; undefined when it declares none. */
  shape: number[] | undefined;
}

/** The inputs that a request must give, in the file's order, with what the registrant says of them. */
export function modelInputs(model: ParsedModel, declared: InspectionOptions["inputs"]): Result<ModelInput[], InspectionRefusal> {
  const initialized = initializerNames(model.graph);
  const required = model.graph.input.filter(({ name = "" }) => !initialized.has(name));
  const known = required.map(({ name = "" }) => name);
  for (const { name } of declared) if (!known.includes(name)) return fail({ reason: "input_unknown", input: name, known });
  if (required.length === 0) return unsupported("", "the model has no input");
  if (required.length > PORTS_MAX) return unsupported("", `the model has ${required.length} inputs, more than ${PORTS_MAX}`);
  const inputs: ModelInput[] = [];
  for (const info of required) {
    const input = modelInput(
      info,
      declared.find(({ name }) => name === info.name),
    );
    if (!input.ok) return input;
    inputs.push(input.value);
  }
  const elements = inputs.reduce(
    (sum, { manifest }) => sum + elementCount(manifest.shape.map((length) => Math.max(1, length))),
    0,
  );
  if (elements > INPUT_ELEMENTS_MAX) {
    return unsupported("", `one row of all inputs has ${elements} elements, more than the ${INPUT_ELEMENTS_MAX} of a request`);
  }
  const { names } = columnLayout(inputs.map(({ manifest }) => manifest));
  const duplicate = firstDuplicate(names);
  return duplicate === undefined ? succeed(inputs) : fail({ reason: "feature_duplicate", feature: duplicate });
}

function modelInput(
  { name = "", type }: OnnxValueInfo,
  declared: InspectionOptions["inputs"][number] | undefined,
): Result<ModelInput, InspectionRefusal> {
  const tensor = tensorOf(name, type);
  if (!tensor.ok) return tensor;
  const { datatype, axes, shape } = tensor.value;
  if (shape === undefined || axes === undefined) return unsupported(name, "the file does not say its shape");
  if (shape.includes(0)) return unsupported(name, "an axis of length 0 leaves nothing to send");
  const { features, missing = "refused" } = declared ?? {};
  if (missing === "nan" && !isFloat(datatype)) return fail({ reason: "missing_unsupported", input: name, datatype });
  if (features !== undefined) {
    const second = shape[1];
    const columns = shape.length === 1 ? 1 : shape.length === 2 && second !== undefined && second > 0 ? second : null;
    if (columns !== features.length) {
      return fail({ reason: "features_mismatch", input: name, declared: features.length, columns });
    }
  }
  const parsed = manifestInput.safeParse({ name, datatype, shape, missing, ...(features ? { features: [...features] } : {}) });
  if (!parsed.success)
    return unsupported(name, parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  return succeed({ manifest: parsed.data, axes });
}

/** The tensor outputs, in the file's order. */
export function modelOutputs(model: ParsedModel): Result<ModelOutput[], InspectionRefusal> {
  const outputs: ModelOutput[] = [];
  for (const { name = "", type } of model.graph.output) {
    if (type !== undefined && type.tensorType === undefined) continue;
    const tensor = tensorOf(name, type);
    if (!tensor.ok) return tensor;
    outputs.push({ name, datatype: tensor.value.datatype, shape: tensor.value.shape });
  }
  const names = model.graph.output.map(({ name = "" }) => name);
  if (outputs.length === 0) return fail({ reason: "no_tensor_output", outputs: names });
  if (outputs.length > PORTS_MAX) return unsupported("", `the model has ${outputs.length} outputs, more than ${PORTS_MAX}`);
  const duplicate = firstDuplicate(names);
  if (duplicate !== undefined) return fail({ reason: "not_onnx", detail: `${duplicate} is an output twice` });
  return succeed(outputs);
}

/**
 * An output for the manifest. Converters often declare wrong output shapes, which onnxruntime only warns of: where the golden run
 * gave something else, the axis is told as free.
 */
export function manifestOutputOf(
  output: ModelOutput,
  measured: readonly number[],
  labels: (string | number)[] | undefined,
): Result<ManifestOutput, InspectionRefusal> {
  const { name, datatype, shape } = output;
  const declared = shape?.length === measured.length ? shape : measured.map(() => -1);
  const told = declared.map((length, axis) => (length === measured[axis] ? length : -1));
  const parsed = manifestOutput.safeParse({ name, datatype, shape: told, ...(labels ? { labels } : {}) });
  return parsed.success ? succeed(parsed.data) : unsupported(name, parsed.error.issues.map(({ message }) => message).join("; "));
}

/** Exporters write a free axis as no length, as a name, or as -1. */
const isFree = (length: number | undefined): boolean => length === undefined || length < 0;

/** In one pass: a row may have a million columns. */
function firstDuplicate(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

interface TensorFacts {
  datatype: Datatype;
  shape: number[] | undefined;
  axes: (AxisName | undefined)[] | undefined;
}

function tensorOf(name: string, type: OnnxType | undefined): Result<TensorFacts, InspectionRefusal> {
  if (type?.tensorType === undefined) return unsupported(name, `it is ${kindOf(type)}, not a tensor`);
  const { elemType = 0, shape } = type.tensorType;
  const datatype = datatypeOfOnnx(elemType);
  if (datatype === undefined) return fail({ reason: "datatype_unsupported", tensor: name, onnxType: elementTypeName(elemType) });
  return succeed({
    datatype,
    shape: shape?.dim.map(({ dimValue }) => (isFree(dimValue) ? -1 : (dimValue as number))),
    axes: shape?.dim.map(({ dimValue, dimParam }, axis) => {
      if (!isFree(dimValue)) return undefined;
      if (dimParam) return dimParam;
      // Unnamed first axes are taken for the rows that all inputs share; any other unnamed axis is on its own.
      return axis === 0 ? "rows" : `${name}[${axis}]`;
    }),
  });
}

function kindOf(type: OnnxType | undefined): string {
  if (type === undefined) return "without a type";
  if (type.sequenceType) return "a sequence";
  if (type.mapType) return "a map";
  if (type.optionalType) return "an optional";
  return type.sparseTensorType ? "a sparse tensor" : "of an unknown kind";
}

/** Names of the element types that the edge has no datatype for. Source: onnx.proto, TensorProto.DataType. */
const OTHER_ELEMENT_TYPES: Record<number, string> = {
  0: "undefined",
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

const elementTypeName = (elemType: number): string => OTHER_ELEMENT_TYPES[elemType] ?? `type ${elemType}`;

const unsupported = (tensor: string, why: string) => fail({ reason: "interface_unsupported" as const, tensor, why });
