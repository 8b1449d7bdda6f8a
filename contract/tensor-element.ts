/** One JSON value into one tensor element, by datatype. Answers with what is allowed when the value is refused; writes nothing then. */
import type { Datatype } from "./datatype.ts";
import { integerRange, type TensorData } from "./tensor.ts";

/** Undefined when written; otherwise a phrase that says what is allowed. */
export type ElementWriter = (data: TensorData, at: number, value: unknown) => string | undefined;

const FLOAT_MAX = { FP16: 65504, FP32: 3.4028234663852886e38, FP64: Number.MAX_VALUE } as const;

export function elementWriter(datatype: Datatype, missing: "nan" | "refused"): ElementWriter {
  switch (datatype) {
    case "FP16":
    case "FP32":
    case "FP64":
      return floatWriter(datatype, missing === "nan");
    case "INT64":
    case "UINT64":
      return wideIntegerWriter(datatype);
    case "INT8":
    case "INT16":
    case "INT32":
    case "UINT8":
    case "UINT16":
    case "UINT32":
      return integerWriter(datatype);
    case "BOOL":
      return function writeBool(data, at, value) {
        if (typeof value !== "boolean") return "true or false";
        (data as Uint8Array)[at] = value ? 1 : 0;
        return undefined;
      };
    case "BYTES":
      return function writeText(data, at, value) {
        if (typeof value !== "string") return "a text";
        (data as string[])[at] = value;
        return undefined;
      };
  }
}

/** A number that rounds to infinity in the datatype is refused: the model would answer from a value that the caller never sent. */
function floatWriter(datatype: "FP16" | "FP32" | "FP64", allowsMissing: boolean): ElementWriter {
  const max = FLOAT_MAX[datatype];
  const allowed = `a finite number within ±${max}${allowsMissing ? ", or null when missing" : ""}`;
  return function writeFloat(data, at, value) {
    if (typeof value === "number" && value >= -max && value <= max) {
      (data as Float32Array)[at] = value;
      return undefined;
    }
    if (value === null && allowsMissing) {
      (data as Float32Array)[at] = NaN;
      return undefined;
    }
    if (typeof value === "bigint") {
      const number = Number(value);
      if (number >= -max && number <= max) {
        (data as Float32Array)[at] = number;
        return undefined;
      }
    }
    return allowed;
  };
}

function integerWriter(datatype: Datatype): ElementWriter {
  const range = integerRange(datatype) as { min: bigint; max: bigint };
  const [min, max] = [Number(range.min), Number(range.max)];
  const allowed = `an integer from ${min} to ${max}`;
  return function writeInteger(data, at, value) {
    const number = typeof value === "bigint" ? Number(value) : value;
    if (!Number.isInteger(number) || !((number as number) >= min && (number as number) <= max)) return allowed;
    (data as Int32Array)[at] = number as number;
    return undefined;
  };
}

/** JSON numbers past 2^53 arrive as bigint from the body parser when a model has 64-bit inputs; a rounded one is refused here. */
function wideIntegerWriter(datatype: "INT64" | "UINT64"): ElementWriter {
  const { min, max } = integerRange(datatype) as { min: bigint; max: bigint };
  const allowed = `an integer from ${min} to ${max}`;
  return function writeWideInteger(data, at, value) {
    let integer: bigint;
    if (typeof value === "bigint") integer = value;
    else if (Number.isSafeInteger(value)) integer = BigInt(value as number);
    else return allowed;
    if (integer < min || integer > max) return allowed;
    (data as BigInt64Array)[at] = integer;
    return undefined;
  };
}
