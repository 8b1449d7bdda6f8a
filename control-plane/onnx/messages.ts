/**
 * Writes ONNX protobuf: the messages that our own models need, as bytes. The writing half of contract/protobuf-wire.ts; field numbers come from
 * inspection/onnx-schema.ts, and the weights' fields, which inspection skips, from here. What goes into a model is the caller's business.
 * Source: onnx.proto of ONNX 1.20.
 */
import { ONNX_MESSAGES } from "../inspection/onnx-schema.ts";
import { bytesField, joinBytes, packedFloats, packedVarints, varintField } from "../../contract/protobuf-wire.ts";

const WEIGHTS = { Attribute: { s: 4, floats: 7, type: 20 }, Tensor: { rawData: 9 } } as const;
const { Attribute, Dimension, Graph, Model, Node, OpsetId, Shape, Tensor, TensorType, Type, ValueInfo } = ONNX_MESSAGES;

/** TensorProto.DataType of the element types that we write. */
export const ELEMENT_TYPES = { float: 1, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A fixed axis is a number, a free one its name. */
export type Axes = readonly (number | string)[];

const utf8 = new TextEncoder();
const text = (number: number, value: string): Uint8Array => bytesField(number, utf8.encode(value));

/** AttributeProto, one maker per type; integers must not be negative. */
export const attribute = {
  integer: (name: string, value: number) => attributeBytes(name, 2, varintField(Attribute.i[0], value)),
  text: (name: string, value: string) => attributeBytes(name, 3, text(WEIGHTS.Attribute.s, value)),
  floats: (name: string, values: Float32Array) =>
    attributeBytes(name, 6, bytesField(WEIGHTS.Attribute.floats, packedFloats(values))),
  integers: (name: string, values: ArrayLike<number>) =>
    attributeBytes(name, 7, bytesField(Attribute.ints[0], packedVarints(values))),
  /** Texts by their index in `choices`: the same few again and again. */
  texts: (name: string, choices: readonly string[], indexes: ArrayLike<number>) => {
    const encoded = choices.map((choice) => text(Attribute.strings[0], choice));
    return attributeBytes(name, 8, joinBytes(Array.from(indexes, (index) => encoded[index] as Uint8Array)));
  },
};

function attributeBytes(name: string, type: number, value: Uint8Array): Uint8Array {
  return joinBytes([text(Attribute.name[0], name), value, varintField(WEIGHTS.Attribute.type, type)]);
}

export interface NodeParts {
  domain?: "" | "ai.onnx.ml";
  attributes?: readonly Uint8Array[];
}

/** NodeProto. Its name is that of its first output. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { domain = "", attributes = [] }: NodeParts = {},
): Uint8Array {
  return joinBytes([
    ...inputs.map((input) => text(Node.input[0], input)),
    ...outputs.map((output) => text(Node.output[0], output)),
    text(Node.name[0], outputs[0] ?? opType),
    text(Node.opType[0], opType),
    ...(domain === "" ? [] : [text(Node.domain[0], domain)]),
    ...attributes.map((bytes) => bytesField(Node.attribute[0], bytes)),
  ]);
}

/** TensorProto with its values in little-endian raw form. */
export function constant(name: string, dims: readonly number[], values: Float32Array | BigInt64Array | boolean[]): Uint8Array {
  const [type, raw] = Array.isArray(values)
    ? (["bool", Uint8Array.from(values, Number)] as const)
    : ([
        values instanceof Float32Array ? "float" : "int64",
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      ] as const);
  return joinBytes([
    ...dims.map((length) => varintField(Tensor.dims[0], length)),
    varintField(Tensor.dataType[0], ELEMENT_TYPES[type]),
    text(Tensor.name[0], name),
    bytesField(WEIGHTS.Tensor.rawData, raw),
  ]);
}

/** ValueInfoProto of a tensor. */
export function port(name: string, type: ElementType, axes: Axes): Uint8Array {
  const dimensions = axes.map((axis) =>
    bytesField(
      Shape.dim[0],
      typeof axis === "number" ? varintField(Dimension.dimValue[0], axis) : text(Dimension.dimParam[0], axis),
    ),
  );
  const tensor = joinBytes([
    varintField(TensorType.elemType[0], ELEMENT_TYPES[type]),
    bytesField(TensorType.shape[0], joinBytes(dimensions)),
  ]);
  return joinBytes([text(ValueInfo.name[0], name), bytesField(ValueInfo.type[0], bytesField(Type.tensorType[0], tensor))]);
}

export interface GraphParts {
  name: string;
  nodes: readonly Uint8Array[];
  constants?: readonly Uint8Array[];
  inputs: readonly Uint8Array[];
  outputs: readonly Uint8Array[];
}

const IR_VERSION = 8;
/** Those that converters write today; every runtime since 2022 reads them. */
const OPSETS = [
  ["", 15],
  ["ai.onnx.ml", 3],
] as const;

/** A whole ModelProto. `producer` and `producerVersion` say who made it. */
export function model(producer: string, producerVersion: string, graph: GraphParts): Uint8Array {
  const graphBytes = joinBytes([
    ...graph.nodes.map((bytes) => bytesField(Graph.node[0], bytes)),
    text(Graph.name[0], graph.name),
    ...(graph.constants ?? []).map((bytes) => bytesField(Graph.initializer[0], bytes)),
    ...graph.inputs.map((bytes) => bytesField(Graph.input[0], bytes)),
    ...graph.outputs.map((bytes) => bytesField(Graph.output[0], bytes)),
  ]);
  return joinBytes([
    varintField(Model.irVersion[0], IR_VERSION),
    text(Model.producerName[0], producer),
    text(Model.producerVersion[0], producerVersion),
    bytesField(Model.graph[0], graphBytes),
    ...OPSETS.map(([domain, version]) =>
      bytesField(
        Model.opsetImport[0],
        joinBytes([...(domain === "" ? [] : [text(OpsetId.domain[0], domain)]), varintField(OpsetId.version[0], version)]),
      ),
    ),
  ]);
}
