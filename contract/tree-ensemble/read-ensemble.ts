/**
 * An ONNX file that is one TreeEnsembleRegressor and nothing else, into that operator's parallel lists. What it is not: a reader of ONNX
 * (control-plane/inspection/onnx-parse.ts judges files), or a judge of the lists (pack-ensemble.ts). Whatever is not plainly such a file is
 * "another model", which is no fault: onnxruntime serves it.
 * Source: onnx.proto (field numbers), and TreeEnsembleRegressor in ONNX's Operators-ml.md, versions 1 and 3 of ai.onnx.ml.
 */
import { readVarint, WireError, wireFields, type WireField } from "../protobuf-wire.ts";
import { fail, succeed, type Result } from "../result.ts";

/** Why a file's trees cannot be walked; a sentence's end after "because". */
export interface OtherModel {
  reason: "other_model";
  why: string;
}

export type NodeMode = "LEAF" | "BRANCH_LT" | "BRANCH_LEQ";

/** The lists that begin with `nodes` have one entry a node, those with `target` one a leaf. */
export interface EnsembleLists {
  input: string;
  output: string;
  /** Added once, after the trees. */
  base: number;
  nodes: {
    treeIds: readonly number[];
    nodeIds: readonly number[];
    modes: readonly NodeMode[];
    features: readonly number[];
    values: readonly number[];
    trueIds: readonly number[];
    falseIds: readonly number[];
    /** 1: a missing value goes the way of "true". Empty: none does. */
    missingTrue: readonly number[];
  };
  targets: { treeIds: readonly number[]; nodeIds: readonly number[]; weights: readonly number[] };
}

interface Attribute {
  int: number | undefined;
  text: string | undefined;
  ints: number[];
  floats: number[];
  texts: string[];
}

const EMPTY: Attribute = { int: undefined, text: undefined, ints: [], floats: [], texts: [] };

/** Attributes that may be there; a file with any other is left to onnxruntime. `nodes_hitrates` changes no prediction. */
const KNOWN = new Set(
  [
    "aggregate_function base_values n_targets post_transform nodes_treeids nodes_nodeids nodes_modes nodes_featureids nodes_values nodes_truenodeids",
    "nodes_falsenodeids nodes_missing_value_tracks_true nodes_hitrates target_treeids target_nodeids target_ids target_weights",
  ].flatMap((line) => line.split(" ")),
);

/** Costs time and memory in proportion to the bytes. */
export function readEnsemble(bytes: Uint8Array): Result<EnsembleLists, OtherModel> {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof WireError) return other(`it cannot be read: ${error.message}`);
    throw error;
  }
}

function read(bytes: Uint8Array): Result<EnsembleLists, OtherModel> {
  const model = fieldsByNumber(bytes, 0, bytes.length);
  // Functions (25) may give an operator another meaning.
  if (model.has(25)) return other("it has functions of its own");
  const [graphField, ...moreGraphs] = model.get(7) ?? [];
  if (!graphField || moreGraphs.length > 0) return other("it has no single graph");
  const graph = fieldsByNumber(bytes, graphField.payload, graphField.end);
  const [nodeField, ...moreNodes] = graph.get(1) ?? [];
  if (!nodeField || moreNodes.length > 0) return other(`its graph has ${graph.get(1)?.length ?? 0} operators, not one`);
  if (graph.has(5) || graph.has(15)) return other("its graph has constants");
  const node = fieldsByNumber(bytes, nodeField.payload, nodeField.end);
  const [operator, domain] = [texts(bytes, node.get(4)), texts(bytes, node.get(7))];
  if (operator.join() !== "TreeEnsembleRegressor" || domain.join() !== "ai.onnx.ml") {
    return other(`its operator is ${domain.join() || "ai.onnx"}:${operator.join()}`);
  }
  const [inputs, outputs] = [texts(bytes, node.get(1)), texts(bytes, node.get(2))];
  if (inputs.length !== 1 || outputs.length !== 1) return other("its operator has several inputs or outputs");
  const attributes = new Map<string, Attribute>();
  for (const field of node.get(5) ?? []) {
    const { name, ...attribute } = readAttribute(bytes, field);
    if (!KNOWN.has(name) || attributes.has(name)) return other(`of the attribute ${name}`);
    attributes.set(name, attribute);
  }
  return lists(inputs[0] as string, outputs[0] as string, (name) => attributes.get(name) ?? EMPTY);
}

function lists(input: string, output: string, of: (name: string) => Attribute): Result<EnsembleLists, OtherModel> {
  const aggregate = of("aggregate_function").text ?? "SUM";
  if (aggregate !== "SUM") return other(`its trees are not added up: ${aggregate}`);
  const transform = of("post_transform").text ?? "NONE";
  if (transform !== "NONE") return other(`its sum is transformed: ${transform}`);
  if (of("n_targets").int !== 1 || of("target_ids").ints.some((id) => id !== 0)) return other("it has several targets");
  const bases = of("base_values").floats;
  if (bases.length > 1) return other("it has several base values");
  const modes = of("nodes_modes").texts;
  const unknown = modes.find((mode) => mode !== "LEAF" && mode !== "BRANCH_LT" && mode !== "BRANCH_LEQ");
  if (unknown !== undefined) return other(`a node compares by ${unknown}`);
  return succeed({
    input,
    output,
    base: bases[0] ?? 0,
    nodes: {
      treeIds: of("nodes_treeids").ints,
      nodeIds: of("nodes_nodeids").ints,
      modes: modes as NodeMode[],
      features: of("nodes_featureids").ints,
      values: of("nodes_values").floats,
      trueIds: of("nodes_truenodeids").ints,
      falseIds: of("nodes_falsenodeids").ints,
      missingTrue: of("nodes_missing_value_tracks_true").ints,
    },
    targets: {
      treeIds: of("target_treeids").ints,
      nodeIds: of("target_nodeids").ints,
      weights: of("target_weights").floats,
    },
  });
}

function readAttribute(bytes: Uint8Array, { payload, end }: WireField): Attribute & { name: string } {
  const attribute: Attribute & { name: string } = { name: "", int: undefined, text: undefined, ints: [], floats: [], texts: [] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const field of wireFields(bytes, payload, end)) {
    if (field.number === 1) attribute.name = text(bytes, field);
    else if (field.number === 3) attribute.int = field.value;
    else if (field.number === 4) attribute.text = text(bytes, field);
    else if (field.number === 7) {
      for (let at = field.payload; at + 4 <= field.end; at += 4) attribute.floats.push(view.getFloat32(at, true));
    } else if (field.number === 8 && field.wireType === "varint") attribute.ints.push(field.value);
    else if (field.number === 8) {
      for (let at = field.payload; at < field.end;) {
        const number = readVarint(bytes, at, field.end);
        attribute.ints.push(number.value);
        at = number.end;
      }
    } else if (field.number === 9) attribute.texts.push(text(bytes, field));
    // 20 is the attribute's type, which the fields above say too.
    else if (field.number !== 20) attribute.name = `${attribute.name} (field ${field.number})`;
  }
  return attribute;
}

function fieldsByNumber(bytes: Uint8Array, start: number, end: number): Map<number, WireField[]> {
  const fields = new Map<number, WireField[]>();
  for (const field of wireFields(bytes, start, end)) {
    const same = fields.get(field.number);
    if (same) same.push(field);
    else fields.set(field.number, [field]);
  }
  return fields;
}

const texts = (bytes: Uint8Array, fields: readonly WireField[] = []): string[] => fields.map((field) => text(bytes, field));

/** Byte for character: the names compared here are ASCII, and any other still has a text of its own. */
function text(bytes: Uint8Array, { payload, end }: WireField): string {
  let characters = "";
  for (let at = payload; at < end; at++) characters += String.fromCharCode(bytes[at] as number);
  return characters;
}

const other = (why: string) => fail({ reason: "other_model" as const, why });
