/**
 * Reads UBJSON as XGBoost writes it: big-endian numbers, lengths always as int64, typed arrays. Every length is compared with the bytes that are left
 * before anything is made of it. Typed arrays stay typed arrays. What XGBoost's own reader refuses is refused here too.
 * Source: ubjson.org, draft 12, and XGBoost's tutorial "Introduction to Model IO".
 */
import { JSON_DEPTH_MAX, UBJSON_VALUES_MAX } from "../conversion-limits.ts";

/** Thrown on bytes that are not UBJSON; convert.ts turns it into a refusal. */
export class UbjsonError extends Error {
  override name = "UbjsonError";
}

/** Numbers as numbers (int64 rounded past 2^53), typed arrays as typed arrays, objects without a prototype. Throws UbjsonError. */
export function parseUbjson(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(reader.marker(), 0);
  if (reader.left() > 0) throw new UbjsonError(`${reader.left()} bytes follow the value`);
  return value;
}

// Fatal: a feature's name that is not UTF-8 could not be asked for.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const OPEN = { "[": "]", "{": "}" } as const;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  left(): number {
    return this.#bytes.length - this.#at;
  }

  marker(): string {
    return String.fromCharCode(this.#bytes[this.#take(1)] as number);
  }

  value(marker: string, depth: number): unknown {
    if (++this.#values > UBJSON_VALUES_MAX) throw new UbjsonError(`the file has more than ${UBJSON_VALUES_MAX} values`);
    if (depth > JSON_DEPTH_MAX) throw new UbjsonError(`values are nested more than ${JSON_DEPTH_MAX} deep`);
    switch (marker) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case "Z":
        return null;
      case "T":
        return true;
      case "F":
        return false;
      case "S":
        return this.#text();
      default:
        return this.#number(marker);
    }
  }

  #number(marker: string): number {
    switch (marker) {
      case "i":
        return this.#view.getInt8(this.#take(1));
      case "U":
      case "C":
        return this.#view.getUint8(this.#take(1));
      case "I":
        return this.#view.getInt16(this.#take(2));
      case "l":
        return this.#view.getInt32(this.#take(4));
      case "L":
        return Number(this.#view.getBigInt64(this.#take(8)));
      case "d":
        return this.#view.getFloat32(this.#take(4));
      case "D":
        return this.#view.getFloat64(this.#take(8));
      default:
        throw new UbjsonError(`no value can begin at byte ${this.#at - 1}`);
    }
  }

  #object(depth: number): Record<string, unknown> {
    const record = Object.create(null) as Record<string, unknown>;
    while (!this.#closes(OPEN["{"])) {
      const name = this.#text();
      if (name in record) throw new UbjsonError(`${JSON.stringify(name.slice(0, 100))} comes twice in one object`);
      record[name] = this.value(this.marker(), depth + 1);
    }
    return record;
  }

  #array(depth: number): unknown {
    const next = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    if (next === "$") return this.#typedArray();
    const values: unknown[] = [];
    if (next === "#") {
      this.#at++;
      // Each item takes a byte at least.
      for (let rest = this.#length(1); rest > 0; rest--) values.push(this.value(this.marker(), depth + 1));
      return values;
    }
    while (!this.#closes(OPEN["["])) values.push(this.value(this.marker(), depth + 1));
    return values;
  }

  #typedArray(): unknown {
    this.#at++;
    const type = this.marker();
    if (this.marker() !== "#") throw new UbjsonError(`the array at byte ${this.#at} has a type and no length`);
    const kind = TYPED[type];
    if (kind === undefined) throw new UbjsonError(`the array at byte ${this.#at} is of an unknown type`);
    const values = kind.make(this.#length(kind.bytes));
    for (let index = 0; index < values.length; index++) values[index] = this.#number(type);
    return values;
  }

  #text(): string {
    const length = this.#length(1);
    const start = this.#take(length);
    try {
      return utf8.decode(this.#bytes.subarray(start, start + length));
    } catch (cause) {
      throw new UbjsonError(`the text at byte ${start} is not UTF-8`, { cause });
    }
  }

  /** A count of things of `itemBytes` each, all of which must still be there. */
  #length(itemBytes: number): number {
    const at = this.#at;
    if (this.marker() !== "L") throw new UbjsonError(`the length at byte ${at} is not an int64`);
    const length = this.#number("L");
    if (!(length >= 0 && length * itemBytes <= this.left())) {
      throw new UbjsonError(`the length ${length} at byte ${at} is more than the file has`);
    }
    return length;
  }

  #closes(marker: string): boolean {
    if (this.left() === 0) throw new UbjsonError("the file is cut off");
    if (this.#bytes[this.#at] !== marker.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #take(count: number): number {
    if (count > this.left()) throw new UbjsonError("the file is cut off");
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

type NumberArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** int64 goes into doubles: exact to 2^53, and no XGBoost index is larger. */
const TYPED: Record<string, { bytes: number; make: (length: number) => NumberArray }> = {
  i: { bytes: 1, make: (length) => new Int8Array(length) },
  U: { bytes: 1, make: (length) => new Uint8Array(length) },
  I: { bytes: 2, make: (length) => new Int16Array(length) },
  l: { bytes: 4, make: (length) => new Int32Array(length) },
  L: { bytes: 8, make: (length) => new Float64Array(length) },
  d: { bytes: 4, make: (length) => new Float32Array(length) },
  D: { bytes: 8, make: (length) => new Float64Array(length) },
};
