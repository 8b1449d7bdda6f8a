/**
 * The protobuf wire format, read strictly: fields of one message with the byte ranges that they occupy.
 * Not a decoder of values into objects (onnx-parse.ts). Our own rather than protobufjs's reader, because two readers that disagree on
 * one file are a way past the policy: protobufjs lets a second copy of a message replace the first where onnxruntime merges them,
 * and cuts over-long tags and lengths. What is doubtful here is refused.
 * Source: protobuf.dev, "Encoding".
 */

export type WireType = "varint" | "fixed64" | "bytes" | "fixed32";

export interface WireField {
  number: number;
  wireType: WireType;
  /** Where the field's tag begins. */
  start: number;
  /** Where its payload begins: after the tag, and after the length of "bytes". */
  payload: number;
  end: number;
  /** The number of a varint field as int64, rounded when past 2^53; 0 for the rest. */
  value: number;
}

/** Thrown on bytes that are not a message; onnx-parse.ts turns it into a refusal. */
export class WireError extends Error {
  override name = "WireError";
}

const WIRE_TYPES: Record<number, WireType> = { 0: "varint", 1: "fixed64", 2: "bytes", 5: "fixed32" };

/** Fields of the message in `bytes[start, end)`, in order. Groups, field 0, tags over 32 bits and lengths past the end throw. */
export function* wireFields(bytes: Uint8Array, start = 0, end = bytes.length): Generator<WireField> {
  let at = start;
  while (at < end) {
    const fieldStart = at;
    const tag = readVarint(bytes, at, end);
    const number = Math.floor(tag.value / 8);
    const wireType = WIRE_TYPES[tag.value % 8];
    if (number < 1 || number >= 2 ** 29 || wireType === undefined)
      throw new WireError(`no field can begin at byte ${fieldStart}`);
    at = tag.end;
    let payload = at;
    let value = 0;
    if (wireType === "varint") ({ value, end: at } = readVarint(bytes, at, end));
    else if (wireType === "bytes") {
      const length = readVarint(bytes, at, end);
      if (length.value < 0 || length.value > end - length.end) throw new WireError(`field at byte ${fieldStart} is cut off`);
      payload = length.end;
      at = payload + length.value;
    } else {
      at += wireType === "fixed64" ? 8 : 4;
      if (at > end) throw new WireError(`field at byte ${fieldStart} is cut off`);
    }
    yield { number, wireType, start: fieldStart, payload, end: at, value };
  }
}

/** A varint as int64, rounded when past 2^53. */
export function readVarint(bytes: Uint8Array, start: number, limit: number): { value: number; end: number } {
  let low = 0;
  let high = 0;
  for (let index = 0; index < 10; index++) {
    const at = start + index;
    if (at >= limit) throw new WireError(`number at byte ${start} is cut off`);
    const byte = bytes[at] as number;
    const bits = byte & 127;
    if (index < 4) low |= bits << (7 * index);
    else if (index === 4) {
      low |= bits << 28;
      high |= bits >> 4;
    } else if (index < 9) high |= bits << (7 * index - 32);
    else high |= bits << 31;
    if (byte < 128) return { value: high * 2 ** 32 + (low >>> 0), end: at + 1 };
  }
  throw new WireError(`number at byte ${start} is longer than 10 bytes`);
}

/** One "bytes" field: tag, length, payload. */
export function bytesField(number: number, payload: Uint8Array): Uint8Array {
  return joinBytes([varint(number * 8 + 2), varint(payload.length), payload]);
}

/** One varint field of a value below 2^31. */
export function varintField(number: number, value: number): Uint8Array {
  return joinBytes([varint(number * 8), varint(value)]);
}

/** Numbers of 0 to 2^53 one after another, as a packed repeated field holds them. */
export function packedVarints(values: ArrayLike<number>): Uint8Array {
  const bytes: number[] = [];
  for (let index = 0; index < values.length; index++) appendVarint(bytes, values[index] as number);
  return Uint8Array.from(bytes);
}

/** float32 values in little-endian order, as a packed repeated field holds them. */
export function packedFloats(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return bytes;
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  appendVarint(bytes, value);
  return Uint8Array.from(bytes);
}

function appendVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
