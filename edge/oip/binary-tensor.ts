/** Bytes of the binary tensor extension into a tensor of a declared input. Little-endian, row-major; BYTES elements carry their length. */
import { DATATYPES } from "../../contract/datatype.ts";
import { REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "../../contract/limits.ts";
import type { ManifestInput } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { numericFromBytes } from "../../contract/tensor-bytes.ts";
import { elementCount, isFloat, type Tensor } from "../../contract/tensor.ts";
import type { TensorProblem } from "./tensor-problem.ts";

export function binaryTensor(input: ManifestInput, shape: readonly number[], bytes: Uint8Array): Result<Tensor, TensorProblem> {
  const { name, datatype } = input;
  const length = elementCount(shape);
  if (datatype === "BYTES") {
    const texts = textsFromBytes(bytes, length);
    return texts
      ? succeed({ name, datatype, shape, data: texts })
      : invalid(name, `its bytes are not ${length} length-prefixed UTF-8 texts`);
  }
  const data = numericFromBytes(datatype, length, bytes);
  if (!data) {
    const expected = length * DATATYPES[datatype].elementBytes;
    const detail =
      bytes.byteLength === expected
        ? "a BOOL byte is neither 0 nor 1"
        : `shape and datatype make ${expected} bytes, got ${bytes.byteLength}`;
    return invalid(name, detail);
  }
  if (isFloat(datatype)) {
    for (let at = 0; at < length; at++) {
      const value = data[at] as number;
      if (Number.isFinite(value) || (Number.isNaN(value) && input.missing === "nan")) continue;
      return invalid(
        name,
        `element ${at} is ${value}${input.missing === "nan" ? "; only finite numbers and NaN are allowed" : "; only finite numbers are allowed"}`,
      );
    }
  }
  return succeed({ name, datatype, shape, data });
}

/** Shape of a raw body: the one variable dimension follows from the length; a BYTES body is one element. */
export function rawShape(body: Uint8Array, input: ManifestInput): Result<number[], TensorProblem> {
  const { name, datatype } = input;
  const variable = input.shape.filter((length) => length === -1).length;
  if (variable > 1) return invalid(name, "a raw binary request needs an input with at most one variable dimension");
  if (datatype === "BYTES") return succeed(input.shape.map(() => 1));
  const fixedBytes = elementCount(input.shape.filter((length) => length !== -1)) * DATATYPES[datatype].elementBytes;
  const rows = body.byteLength / fixedBytes;
  if (!Number.isSafeInteger(rows) || rows < 1)
    return invalid(name, `${body.byteLength} bytes are not a whole number of ${fixedBytes}-byte rows`);
  if (input.shape[0] === -1 && rows > REQUEST_ROWS_MAX) return fail({ reason: "rows_too_many", rows, max: REQUEST_ROWS_MAX });
  const elements = (body.byteLength / DATATYPES[datatype].elementBytes) | 0;
  if (elements > REQUEST_ELEMENTS_MAX) return fail({ reason: "elements_too_many", elements, max: REQUEST_ELEMENTS_MAX });
  return succeed(input.shape.map((length) => (length === -1 ? rows : length)));
}

function textsFromBytes(bytes: Uint8Array, length: number): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  let at = 0;
  while (texts.length < length) {
    if (at + 4 > bytes.byteLength) return undefined;
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.byteLength) return undefined;
    try {
      texts.push(decoder.decode(bytes.subarray(at + 4, end)));
    } catch {
      return undefined;
    }
    at = end;
  }
  return at === bytes.byteLength ? texts : undefined;
}

const invalid = (tensor: string, detail: string): { ok: false; failure: TensorProblem } =>
  fail({ reason: "tensor_invalid", tensor, detail });
