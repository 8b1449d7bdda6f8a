/**
 * A tensor in memory: datatype, shape and row-major data in the typed array that onnxruntime wants for it.
 * Not a tensor on the wire (tensor-record.ts, oip/) and not onnxruntime's own class (each runtime builds that).
 */
import { DATATYPES, type Datatype } from "./datatype.ts";

export interface TensorArrays {
  /** One byte a value, 0 or 1. */
  BOOL: Uint8Array;
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  FP16: Float16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  BYTES: string[];
}

export type TensorData = TensorArrays[Datatype];

export interface Tensor<Type extends Datatype = Datatype> {
  readonly name: string;
  readonly datatype: Type;
  readonly shape: readonly number[];
  readonly data: TensorArrays[Type];
}

/** A zeroed array of `length` elements (empty strings for BYTES). */
export function emptyTensorData(datatype: Datatype, length: number): TensorData {
  switch (datatype) {
    case "BOOL":
    case "UINT8":
      return new Uint8Array(length);
    case "UINT16":
      return new Uint16Array(length);
    case "UINT32":
      return new Uint32Array(length);
    case "UINT64":
      return new BigUint64Array(length);
    case "INT8":
      return new Int8Array(length);
    case "INT16":
      return new Int16Array(length);
    case "INT32":
      return new Int32Array(length);
    case "INT64":
      return new BigInt64Array(length);
    case "FP16":
      return new Float16Array(length);
    case "FP32":
      return new Float32Array(length);
    case "FP64":
      return new Float64Array(length);
    case "BYTES":
      return Array.from<string>({ length }).fill("");
  }
}

/** Elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const length of shape) count *= length;
  return count;
}

export const isFloat = (datatype: Datatype): datatype is "FP16" | "FP32" | "FP64" =>
  datatype === "FP16" || datatype === "FP32" || datatype === "FP64";

export const isWideInteger = (datatype: Datatype): datatype is "INT64" | "UINT64" =>
  datatype === "INT64" || datatype === "UINT64";

/** Inclusive range of an integer datatype, exact for all of them. */
export function integerRange(datatype: Datatype): { min: bigint; max: bigint } | undefined {
  const bytes = DATATYPES[datatype].elementBytes;
  if (bytes === null || isFloat(datatype) || datatype === "BOOL") return undefined;
  const bits = BigInt(bytes * 8);
  return datatype.startsWith("U")
    ? { min: 0n, max: (1n << bits) - 1n }
    : { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n };
}
