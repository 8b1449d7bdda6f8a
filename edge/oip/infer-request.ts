/**
 * A V2 infer request into tensors: JSON, JSON with a binary tail, or raw bytes. Pure; strict about names, datatypes and shapes, because a
 * tensor that is silently coerced is an answer to another question.
 * Source: Open Inference Protocol REST; Triton's binary tensor data extension.
 */
import { REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "../../contract/limits.ts";
import type { Manifest, ManifestInput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { elementCount, emptyTensorData, type Tensor } from "../../contract/tensor.ts";
import { elementWriter } from "../../contract/tensor-element.ts";
import { describe } from "../../contract/instances.ts";
import { binaryTensor, rawShape } from "./binary-tensor.ts";
import type { TensorProblem } from "./tensor-problem.ts";

export interface RequestedOutput {
  name: string;
  isBinary: boolean;
}

export interface InferRequest {
  id: string | undefined;
  inputs: Tensor[];
  outputs: RequestedOutput[];
  /** Whether an output `prediction_ids` is asked for beside the model's own. */
  wantsReceipts: boolean;
  /** One a row, for fairness; undefined: none given. */
  groups: unknown;
}

type Outcome<Value> = Result<Value, TensorProblem>;

/** `tail` is what follows the JSON in a binary request, empty otherwise. */
export function decodeInferRequest(json: unknown, tail: Uint8Array, manifest: Manifest): Outcome<InferRequest> {
  if (!isRecord(json)) return invalid("", `a JSON object with "inputs" is needed, got ${describe(json)}`);
  if (json["id"] !== undefined && typeof json["id"] !== "string")
    return invalid("", `"id" takes a text, got ${describe(json["id"])}`);
  if (!Array.isArray(json["inputs"])) return invalid("", `"inputs" takes an array of tensors, got ${describe(json["inputs"])}`);
  const inputs: Tensor[] = [];
  let elements = 0;
  let tailAt = 0;
  for (const given of json["inputs"] as unknown[]) {
    const decoded = decodeInput(given, tail.subarray(tailAt), manifest.inputs);
    if (!decoded.ok) return decoded;
    const { tensor, tailBytes } = decoded.value;
    if (inputs.some(({ name }) => name === tensor.name)) return invalid(tensor.name, "it is given twice");
    elements += tensor.data.length;
    if (elements > REQUEST_ELEMENTS_MAX) return fail({ reason: "elements_too_many", elements, max: REQUEST_ELEMENTS_MAX });
    tailAt += tailBytes;
    inputs.push(tensor);
  }
  if (tailAt !== tail.byteLength) {
    return invalid("", `${tail.byteLength} bytes follow the JSON, but its tensors claim ${tailAt} by binary_data_size`);
  }
  const absent = manifest.inputs.find(({ name }) => !inputs.some((input) => input.name === name));
  if (absent) return invalid(absent.name, "it is absent, and this model needs it");
  const isAllBinary = parametersOf(json)["binary_data_output"] === true;
  const outputs = decodeOutputs(json["outputs"], isAllBinary, manifest);
  if (!outputs.ok) return outputs;
  const { prediction_ids: receipts, groups } = parametersOf(json);
  return succeed({ id: json["id"], inputs, outputs: outputs.value, wantsReceipts: receipts === true, groups });
}

/** A raw request (header length 0): the whole body is the only input's bytes, and every output comes back binary. */
export function decodeRawRequest(body: Uint8Array, manifest: Manifest): Outcome<InferRequest> {
  const [input] = manifest.inputs;
  if (!input || manifest.inputs.length !== 1) return invalid("", "a raw binary request needs a model with exactly one input");
  const shape = rawShape(body, input);
  if (!shape.ok) return shape;
  const tensor = binaryTensor(input, shape.value, body);
  if (!tensor.ok) return tensor;
  return succeed({
    id: undefined,
    inputs: [tensor.value],
    outputs: manifest.outputs.map(({ name }) => ({ name, isBinary: true })),
    wantsReceipts: false,
    groups: undefined,
  });
}

function decodeInput(
  given: unknown,
  tail: Uint8Array,
  known: readonly ManifestInput[],
): Outcome<{ tensor: Tensor; tailBytes: number }> {
  if (!isRecord(given) || typeof given["name"] !== "string") return invalid("", 'each input needs a "name"');
  const { name } = given;
  const input = known.find((candidate) => candidate.name === name);
  if (!input)
    return invalid(name, `it is not an input of this model; known: ${known.map((candidate) => candidate.name).join(", ")}`);
  if (given["datatype"] !== input.datatype)
    return invalid(name, `datatype is ${input.datatype}, got ${describe(given["datatype"])}`);
  const shape = checkShape(name, given["shape"], input.shape);
  if (!shape.ok) return shape;
  const tailBytes = parametersOf(given)["binary_data_size"];
  if (tailBytes === undefined) {
    const tensor = jsonTensor(input, shape.value, given["data"]);
    return tensor.ok ? succeed({ tensor: tensor.value, tailBytes: 0 }) : tensor;
  }
  if (given["data"] !== undefined) return invalid(name, '"data" and binary_data_size exclude each other');
  if (typeof tailBytes !== "number" || !Number.isSafeInteger(tailBytes) || tailBytes < 0 || tailBytes > tail.byteLength) {
    return invalid(name, `binary_data_size ${describe(tailBytes)} does not fit the ${tail.byteLength} bytes that follow`);
  }
  const tensor = binaryTensor(input, shape.value, tail.subarray(0, tailBytes));
  return tensor.ok ? succeed({ tensor: tensor.value, tailBytes }) : tensor;
}

function checkShape(name: string, given: unknown, declared: readonly number[]): Outcome<number[]> {
  const fits =
    Array.isArray(given) &&
    given.length === declared.length &&
    given.every(
      (length, axis) => Number.isSafeInteger(length) && (declared[axis] === -1 ? length > 0 : length === declared[axis]),
    );
  if (!fits) {
    const got = Array.isArray(given) ? `[${given.slice(0, 10).map(describe).join(", ")}]` : describe(given);
    return invalid(name, `shape is [${declared.join(", ")}] with a positive integer for each -1, got ${got}`);
  }
  const rows = given[0] as number | undefined;
  if (declared[0] === -1 && rows !== undefined && rows > REQUEST_ROWS_MAX)
    return fail({ reason: "rows_too_many", rows, max: REQUEST_ROWS_MAX });
  const elements = elementCount(given as number[]);
  // Checked before anything of that size is allocated.
  if (!(elements <= REQUEST_ELEMENTS_MAX)) return fail({ reason: "elements_too_many", elements, max: REQUEST_ELEMENTS_MAX });
  return succeed(given as number[]);
}

/** `data` is row-major, nested or flat. */
function jsonTensor(input: ManifestInput, shape: number[], given: unknown): Outcome<Tensor> {
  if (!Array.isArray(given)) return invalid(input.name, `"data" takes an array, got ${describe(given)}`);
  const length = elementCount(shape);
  const data = emptyTensorData(input.datatype, length);
  const write = elementWriter(input.datatype, input.missing);
  let at = 0;
  const walk = (part: unknown, depth: number): string | undefined => {
    if (Array.isArray(part) && depth <= Math.max(shape.length, 1)) {
      for (const item of part) {
        const refused = walk(item, depth + 1);
        if (refused !== undefined) return refused;
      }
      return undefined;
    }
    if (at >= length) return `"data" has more than the ${length} elements of the shape`;
    const refused = write(data, at, part);
    if (refused !== undefined) return `element ${at} takes ${refused}, got ${describe(part)}`;
    at++;
    return undefined;
  };
  const refused = walk(given, 1);
  if (refused !== undefined) return invalid(input.name, refused);
  if (at !== length) return invalid(input.name, `"data" has ${at} elements, the shape ${length}`);
  return succeed({ name: input.name, datatype: input.datatype, shape, data });
}

function decodeOutputs(given: unknown, isAllBinary: boolean, manifest: Manifest): Outcome<RequestedOutput[]> {
  const known = manifest.outputs.map(({ name }) => name);
  if (given === undefined || (Array.isArray(given) && given.length === 0)) {
    return succeed(known.map((name) => ({ name, isBinary: isAllBinary })));
  }
  if (!Array.isArray(given)) return invalid("", `"outputs" takes an array, got ${describe(given)}`);
  const outputs: RequestedOutput[] = [];
  for (const output of given as unknown[]) {
    if (!isRecord(output) || typeof output["name"] !== "string") return invalid("", 'each requested output needs a "name"');
    const { name } = output;
    if (!known.includes(name)) return fail({ reason: "output_unknown", output: name, known });
    if (outputs.some((chosen) => chosen.name === name)) return invalid(name, "it is asked for twice");
    const isBinary = parametersOf(output)["binary_data"];
    outputs.push({ name, isBinary: typeof isBinary === "boolean" ? isBinary : isAllBinary });
  }
  return succeed(outputs);
}

function parametersOf(record: Record<string, unknown>): Record<string, unknown> {
  return isRecord(record["parameters"]) ? record["parameters"] : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const invalid = (tensor: string, detail: string): { ok: false; failure: TensorProblem } =>
  fail({ reason: "tensor_invalid", tensor, detail });
