/**
 * Writes small ONNX models for tests. The field numbers are those that inspection reads (onnx-schema.ts) plus the weights, which only a
 * writer needs; the encoding is protobufjs's, so that inspection's own reader is tested against another implementation.
 */
import protobuf from "protobufjs/light.js";
import { DATATYPES, type Datatype } from "../../contract/datatype.ts";
import { numericBytes } from "../../contract/tensor-bytes.ts";
import { elementCount, type TensorData } from "../../contract/tensor.ts";
import { ONNX_MESSAGES } from "../../control-plane/inspection/onnx-schema.ts";

/** A message as protobufjs takes it: field name → value. */
export type Fields = Record<string, unknown>;

const WRITE_ONLY: Record<string, Record<string, readonly [number, string]>> = {
  Attribute: { f: [2, "float"], s: [4, "string"], floats: [7, "float[]"], type: [20, "int32"] },
  Tensor: { stringData: [6, "string[]"], rawData: [9, "bytes"] },
};

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(ONNX_MESSAGES).map(([message, fields]) => {
      const all = Object.entries({ ...fields, ...WRITE_ONLY[message] } as Record<string, readonly [number, string]>);
      const described = all.map(([name, [id, kind]]) => {
        const repeated = kind.endsWith("[]");
        const type = repeated ? kind.slice(0, -2) : kind;
        return [name, repeated ? { id, type, rule: "repeated", options: { packed: false } } : { id, type }];
      });
      return [message, { fields: Object.fromEntries(described) as Record<string, protobuf.IField> }];
    }),
  ),
});

/** Bytes of one message, e.g. `encode("Model", { irVersion: 8, … })`. */
export function encode(message: keyof typeof ONNX_MESSAGES, fields: Fields): Uint8Array {
  const type = root.lookupType(message);
  return Uint8Array.from(type.encode(type.fromObject(fields)).finish());
}

export interface GraphParts {
  inputs: Fields[];
  outputs: Fields[];
  nodes: Fields[];
  initializers?: Fields[];
  valueInfos?: Fields[];
}

export function graph({ inputs, outputs, nodes, initializers = [], valueInfos = [] }: GraphParts): Fields {
  return { name: "graph", node: nodes, initializer: initializers, input: inputs, output: outputs, valueInfo: valueInfos };
}

/** A whole model of ai.onnx 15 and ai.onnx.ml 3, the versions that xgboost and skl2onnx write today. */
export function writeModel(parts: GraphParts, more: Fields = {}): Uint8Array {
  return encode("Model", {
    irVersion: 8,
    producerName: "edgewise test",
    opsetImport: [
      { domain: "", version: 15 },
      { domain: "ai.onnx.ml", version: 3 },
    ],
    graph: graph(parts),
    ...more,
  });
}

/** A number is a fixed axis, a text the name of a free one. */
export type Axes = readonly (number | string)[];

export function port(name: string, datatype: Datatype, axes: Axes): Fields {
  return { name, type: { tensorType: { elemType: DATATYPES[datatype].onnxElementType, shape: shape(axes) } } };
}

export function shape(axes: Axes): Fields {
  return { dim: axes.map((axis) => (typeof axis === "number" ? { dimValue: axis } : { dimParam: axis })) };
}

export function constant(name: string, datatype: Datatype, dims: readonly number[], data: TensorData): Fields {
  if (data.length !== elementCount(dims)) throw new RangeError(`${name} has ${data.length} values for [${dims.join(", ")}]`);
  const values = Array.isArray(data) ? { stringData: data } : { rawData: numericBytes(data) };
  return { name, dims, dataType: DATATYPES[datatype].onnxElementType, ...values };
}

/** Shapes, axes and the like. */
export const integers = (name: string, values: readonly number[]): Fields =>
  constant(name, "INT64", [values.length], BigInt64Array.from(values, BigInt));

export const integer = (name: string, value: number): Fields => constant(name, "INT64", [], BigInt64Array.of(BigInt(value)));

export interface NodeParts {
  name?: string;
  domain?: string;
  attributes?: Fields[];
}

export function node(opType: string, input: readonly string[], output: readonly string[], parts: NodeParts = {}): Fields {
  const { name = `${opType}_${output[0] ?? ""}`, domain = "", attributes = [] } = parts;
  return { opType, input, output, name, domain, attribute: attributes };
}

export const mlNode = (opType: string, input: readonly string[], output: readonly string[], attributes: Fields[] = []): Fields =>
  node(opType, input, output, { domain: "ai.onnx.ml", attributes });

/** Attributes, one maker per AttributeProto.AttributeType. */
export const attribute = {
  float: (name: string, f: number): Fields => ({ name, f, type: 1 }),
  int: (name: string, i: number): Fields => ({ name, i, type: 2 }),
  text: (name: string, s: string): Fields => ({ name, s, type: 3 }),
  tensor: (name: string, t: Fields): Fields => ({ name, t, type: 4 }),
  graph: (name: string, g: Fields): Fields => ({ name, g, type: 5 }),
  floats: (name: string, floats: readonly number[]): Fields => ({ name, floats, type: 6 }),
  ints: (name: string, ints: readonly number[]): Fields => ({ name, ints, type: 7 }),
  texts: (name: string, strings: readonly string[]): Fields => ({ name, strings, type: 8 }),
};
