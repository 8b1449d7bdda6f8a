/**
 * The tensor element types of Open Inference Protocol V2, beside ONNX's numbers and onnxruntime's names for them.
 * Pure data; no tensor is built here.
 * Source: Open Inference Protocol, "Tensor Data Types"; onnx.proto TensorProto.DataType; onnxruntime-common Tensor.Type.
 */

export const DATATYPES = {
  BOOL: { elementBytes: 1, onnxElementType: 9, ortType: "bool" },
  UINT8: { elementBytes: 1, onnxElementType: 2, ortType: "uint8" },
  UINT16: { elementBytes: 2, onnxElementType: 4, ortType: "uint16" },
  UINT32: { elementBytes: 4, onnxElementType: 12, ortType: "uint32" },
  UINT64: { elementBytes: 8, onnxElementType: 13, ortType: "uint64" },
  INT8: { elementBytes: 1, onnxElementType: 3, ortType: "int8" },
  INT16: { elementBytes: 2, onnxElementType: 5, ortType: "int16" },
  INT32: { elementBytes: 4, onnxElementType: 6, ortType: "int32" },
  INT64: { elementBytes: 8, onnxElementType: 7, ortType: "int64" },
  FP16: { elementBytes: 2, onnxElementType: 10, ortType: "float16" },
  FP32: { elementBytes: 4, onnxElementType: 1, ortType: "float32" },
  FP64: { elementBytes: 8, onnxElementType: 11, ortType: "float64" },
  /** Strings: UTF-8, each element with its own length, so no fixed element size. */
  BYTES: { elementBytes: null, onnxElementType: 8, ortType: "string" },
} as const;

export type Datatype = keyof typeof DATATYPES;

export const DATATYPE_NAMES = Object.keys(DATATYPES) as [Datatype, ...Datatype[]];

/** The datatype of an ONNX `TensorProto.DataType` number, or undefined when the edge has none for it (bfloat16, float8, complex, int4). */
export function datatypeOfOnnx(onnxElementType: number): Datatype | undefined {
  return DATATYPE_NAMES.find((name) => DATATYPES[name].onnxElementType === onnxElementType);
}

/** The datatype of an onnxruntime tensor type name such as `"float32"`, or undefined. */
export function datatypeOfOrt(ortType: string): Datatype | undefined {
  return DATATYPE_NAMES.find((name) => DATATYPES[name].ortType === ortType);
}
