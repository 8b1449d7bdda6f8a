/**
 * The part of ONNX's messages that inspection reads: field numbers and kinds, and the types derived from them.
 * Weights (raw_data, float_data, …) are left out on purpose: they are skipped, never decoded.
 * Source: onnx.proto of ONNX 1.20 (facts of the format; no generated code).
 */

/** `[field number, kind]`; a kind is a scalar or a message of this table, `[]` after it when repeated. */
export const ONNX_MESSAGES = {
  Model: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    graph: [7, "Graph"],
    opsetImport: [8, "OpsetId[]"],
    functions: [25, "Function[]"],
  },
  OpsetId: { domain: [1, "string"], version: [2, "int64"] },
  Graph: {
    node: [1, "Node[]"],
    name: [2, "string"],
    initializer: [5, "Tensor[]"],
    input: [11, "ValueInfo[]"],
    output: [12, "ValueInfo[]"],
    valueInfo: [13, "ValueInfo[]"],
    sparseInitializer: [15, "SparseTensor[]"],
  },
  Node: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "Attribute[]"],
    domain: [7, "string"],
    overload: [8, "string"],
  },
  Attribute: {
    name: [1, "string"],
    i: [3, "int64"],
    t: [5, "Tensor"],
    g: [6, "Graph"],
    ints: [8, "int64[]"],
    strings: [9, "string[]"],
    tensors: [10, "Tensor[]"],
    graphs: [11, "Graph[]"],
    sparseTensor: [22, "SparseTensor"],
    sparseTensors: [23, "SparseTensor[]"],
  },
  Tensor: {
    dims: [1, "int64[]"],
    dataType: [2, "int64"],
    name: [8, "string"],
    externalData: [13, "StringEntry[]"],
    dataLocation: [14, "int64"],
  },
  SparseTensor: { values: [1, "Tensor"], indices: [2, "Tensor"], dims: [3, "int64[]"] },
  StringEntry: { key: [1, "string"], value: [2, "string"] },
  ValueInfo: { name: [1, "string"], type: [2, "Type"] },
  Type: {
    tensorType: [1, "TensorType"],
    sequenceType: [4, "SequenceType"],
    mapType: [5, "MapType"],
    opaqueType: [7, "OpaqueType"],
    sparseTensorType: [8, "TensorType"],
    optionalType: [9, "SequenceType"],
  },
  TensorType: { elemType: [1, "int64"], shape: [2, "Shape"] },
  SequenceType: { elemType: [1, "Type"] },
  MapType: { keyType: [1, "int64"], valueType: [2, "Type"] },
  OpaqueType: { name: [2, "string"] },
  Shape: { dim: [1, "Dimension[]"] },
  Dimension: { dimValue: [1, "int64"], dimParam: [2, "string"] },
  Function: {
    name: [1, "string"],
    input: [4, "string[]"],
    output: [5, "string[]"],
    node: [7, "Node[]"],
    domain: [10, "string"],
    attributeProto: [11, "Attribute[]"],
    valueInfo: [12, "ValueInfo[]"],
    overload: [13, "string"],
  },
} as const;

/** Messages of which at most one member may be present: several would be read differently by different readers. */
export const ONE_OF: readonly MessageName[] = ["Type", "Dimension"];

type Messages = typeof ONNX_MESSAGES;
export type MessageName = keyof Messages;

type Value<Kind> = Kind extends `${infer One}[]`
  ? Exclude<Value<One>, undefined>[]
  : Kind extends "int64"
    ? number | undefined
    : Kind extends "string"
      ? string | undefined
      : Kind extends MessageName
        ? Message<Kind> | undefined
        : never;

/** A decoded message: singular fields undefined when absent, repeated fields always an array. */
export type Message<Name extends MessageName> = {
  -readonly [Field in keyof Messages[Name]]: Messages[Name][Field] extends readonly [number, infer Kind] ? Value<Kind> : never;
};

export type OnnxModel = Message<"Model">;
export type OnnxGraph = Message<"Graph">;
export type OnnxNode = Message<"Node">;
export type OnnxAttribute = Message<"Attribute">;
export type OnnxTensor = Message<"Tensor">;
export type OnnxType = Message<"Type">;
export type OnnxFunction = Message<"Function">;
export type OnnxValueInfo = Message<"ValueInfo">;
