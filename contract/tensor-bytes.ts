/**
 * Tensors to and from little-endian bytes, and to and from the JSON record that carries those bytes in base64.
 * The byte layout is that of Open Inference Protocol's binary tensor extension, BYTES elements included (4-byte length, then UTF-8).
 */
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { DATATYPES, type Datatype } from "./datatype.ts";
import type { TensorRecord } from "./tensor-record.ts";
import { elementCount, emptyTensorData, type Tensor, type TensorData } from "./tensor.ts";

type NumericData = Exclude<TensorData, string[]>;

/**
 * Little-endian bytes of numeric data, a view where the memory already is that (every platform that Node and workerd run on
 * is little-endian), so nothing is copied.
 */
export function numericBytes(data: NumericData): Uint8Array {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** Typed array over a copy of `bytes`; undefined when the length is not a whole number of `length` elements or a BOOL byte is neither 0 nor 1. */
export function numericFromBytes(
  datatype: Exclude<Datatype, "BYTES">,
  length: number,
  bytes: Uint8Array,
): NumericData | undefined {
  if (bytes.byteLength !== length * DATATYPES[datatype].elementBytes) return undefined;
  const data = emptyTensorData(datatype, length) as NumericData;
  numericBytes(data).set(bytes);
  if (datatype === "BOOL" && (data as Uint8Array).some((value) => value > 1)) return undefined;
  return data;
}

export function tensorToRecord(tensor: Tensor): TensorRecord {
  const { name, datatype, shape, data } = tensor;
  if (Array.isArray(data)) return { name, shape: [...shape], datatype: "BYTES", encoding: "strings", data: [...data] };
  return { name, shape: [...shape], datatype, encoding: "base64", data: bytesToBase64(numericBytes(data)) };
}

/** The tensor of a record; undefined when its data does not fill its shape. */
export function recordToTensor(record: TensorRecord): Tensor | undefined {
  const { name, shape } = record;
  const length = elementCount(shape);
  if (record.encoding === "strings") {
    return record.data.length === length ? { name, datatype: "BYTES", shape, data: [...record.data] } : undefined;
  }
  if (record.datatype === "BYTES") return undefined;
  const bytes = base64ToBytes(record.data);
  const data = bytes && numericFromBytes(record.datatype, length, bytes);
  return data && { name, datatype: record.datatype, shape, data };
}
