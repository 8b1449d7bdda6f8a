/**
 * Bytes of a model file into the messages of onnx-schema.ts, strictly and within bounds. No policy, no I/O; bytes that are not ONNX give
 * `not_onnx`, never an exception.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { MESSAGE_DEPTH_MAX, MESSAGES_MAX, NODES_MAX, REPEATED_ELEMENTS_MAX } from "./inspection-limits.ts";
import { ONE_OF, ONNX_MESSAGES, type Message, type MessageName, type OnnxGraph, type OnnxModel } from "./onnx-schema.ts";
import { readVarint, WireError, wireFields, type WireField } from "../../contract/protobuf-wire.ts";

export type ParsedModel = OnnxModel & { graph: OnnxGraph };

/** Reads a ModelProto. Costs time and memory in proportion to the bytes, whatever they hold. */
export function parseOnnx(bytes: Uint8Array): Result<ParsedModel, Extract<InspectionRefusal, { reason: "not_onnx" }>> {
  try {
    const model = decode("Model", bytes, 0, bytes.length, { messages: 0, elements: 0, nodes: 0 }, 0);
    const { graph, irVersion, opsetImport } = model;
    if (graph === undefined) return notOnnx("the file has no graph");
    if (irVersion === undefined || irVersion < 1) return notOnnx("the file has no ir_version");
    if (opsetImport.length === 0) return notOnnx("the file imports no operator set");
    return succeed({ ...model, graph });
  } catch (error) {
    if (error instanceof WireError) return notOnnx(error.message);
    throw error;
  }
}

interface Counts {
  messages: number;
  elements: number;
  nodes: number;
}

interface FieldPlan {
  name: string;
  kind: string;
  repeated: boolean;
}

const FIELD_PLANS = new Map<MessageName, Map<number, FieldPlan>>(
  (Object.keys(ONNX_MESSAGES) as MessageName[]).map((message) => {
    const fields = Object.entries(ONNX_MESSAGES[message] as Record<string, readonly [number, string]>);
    const plans = fields.map(([name, [number, kind]]): [number, FieldPlan] => {
      const repeated = kind.endsWith("[]");
      return [number, { name, repeated, kind: repeated ? kind.slice(0, -2) : kind }];
    });
    return [message, new Map(plans)];
  }),
);

function decode<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
  start: number,
  end: number,
  counts: Counts,
  depth: number,
): Message<Name> {
  if (depth > MESSAGE_DEPTH_MAX) throw new WireError(`messages are nested more than ${MESSAGE_DEPTH_MAX} deep`);
  if (++counts.messages > MESSAGES_MAX) throw new WireError(`the file has more than ${MESSAGES_MAX} messages`);
  if (name === "Node" && ++counts.nodes > NODES_MAX) throw new WireError(`the graph has more than ${NODES_MAX} nodes`);
  const plans = FIELD_PLANS.get(name) as Map<number, FieldPlan>;
  const message: Record<string, unknown> = {};
  for (const plan of plans.values()) message[plan.name] = plan.repeated ? [] : undefined;
  for (const field of wireFields(bytes, start, end)) {
    const plan = plans.get(field.number);
    if (plan === undefined) continue;
    if (plan.repeated) append(message[plan.name] as unknown[], plan.kind, bytes, field, counts, depth);
    else {
      // Readers disagree on a message that comes twice (merge or replace), so there must be one.
      if (message[plan.name] !== undefined) throw new WireError(`${name}.${plan.name} comes twice`);
      message[plan.name] = decodeOne(plan.kind, bytes, field, counts, depth);
    }
  }
  if (ONE_OF.includes(name) && Object.values(message).filter((value) => value !== undefined).length > 1) {
    throw new WireError(`${name} has more than one of its alternatives`);
  }
  return message as Message<Name>;
}

function append(values: unknown[], kind: string, bytes: Uint8Array, field: WireField, counts: Counts, depth: number): void {
  if (kind === "int64" && field.wireType === "bytes") {
    for (let at = field.payload; at < field.end;) {
      const number = readVarint(bytes, at, field.end);
      countElement(counts);
      values.push(number.value);
      at = number.end;
    }
    return;
  }
  countElement(counts);
  values.push(decodeOne(kind, bytes, field, counts, depth));
}

function decodeOne(kind: string, bytes: Uint8Array, field: WireField, counts: Counts, depth: number): unknown {
  const expected = kind === "int64" ? "varint" : "bytes";
  if (field.wireType !== expected) throw new WireError(`field ${field.number} at byte ${field.start} has the wrong wire type`);
  if (kind === "int64") return field.value;
  if (kind === "string") return decodeText(bytes.subarray(field.payload, field.end));
  return decode(kind as MessageName, bytes, field.payload, field.end, counts, depth + 1);
}

// Fatal, and a byte-order mark kept: two names that differ in bytes must differ here as they do in onnxruntime.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new WireError("a name is not UTF-8", { cause });
  }
}

function countElement(counts: Counts): void {
  if (++counts.elements > REPEATED_ELEMENTS_MAX) {
    throw new WireError(`the file has more than ${REPEATED_ELEMENTS_MAX} repeated elements`);
  }
}

const notOnnx = (detail: string) => fail({ reason: "not_onnx" as const, detail });
