/** An XGBoost model file's bytes as plain values: told from ONNX by its first bytes, JSON or UBJSON. What the values mean is learner.ts's business. */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { ConversionRefusal } from "../conversion.ts";
import { JSON_DEPTH_MAX } from "../conversion-limits.ts";
import { parseUbjson, UbjsonError } from "./ubjson.ts";

type Unreadable = Extract<ConversionRefusal, { reason: "xgboost_unreadable" }>;

const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, QUOTE, BACKSLASH] = [0x7b, 0x7d, 0x5b, 0x5d, 0x22, 0x5c];
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const UBJSON_LENGTH = "L".charCodeAt(0);

/** Whether the file begins with an object of JSON or UBJSON. No ONNX file does: a brace would be protobuf's field 15 as a group. */
export function isXgboostFile(bytes: Uint8Array): boolean {
  return bytes[firstInk(bytes)] === OPEN_BRACE;
}

/** JSON numbers as doubles: XGBoost writes the shortest text that reads back as the same float32. */
export function readModelFile(bytes: Uint8Array): Result<unknown, Unreadable> {
  const start = firstInk(bytes);
  try {
    // In UBJSON the first name's length follows; in JSON a quotation mark or a blank does.
    if (bytes[start + 1] === UBJSON_LENGTH) return succeed(parseUbjson(bytes.subarray(start)));
    if (depthOf(bytes) > JSON_DEPTH_MAX) return unreadable(`values are nested more than ${JSON_DEPTH_MAX} deep`);
    return succeed(parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    if (error instanceof UbjsonError) return unreadable(`not UBJSON: ${error.message}`);
    if (error instanceof SyntaxError || error instanceof TypeError) return unreadable(`not JSON: ${error.message}`);
    throw error;
  }
}

/** Also with the bare NaN and Infinity that XGBoost writes, e.g. as the threshold of a categorical split; NaN becomes null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const standard = text.replace(NON_FINITE, (found) => (found.startsWith('"') ? found : (STANDARD[found] as string)));
    if (standard === text) throw error;
    return JSON.parse(standard);
  }
}

/** Texts are matched so that they can be left alone. */
const NON_FINITE = /"(?:[^"\\]+|\\.)*"|NaN|-?Infinity/g;
const STANDARD: Record<string, string> = { NaN: "null", Infinity: "1e999", "-Infinity": "-1e999" };

const unreadable = (detail: string) => fail({ reason: "xgboost_unreadable" as const, detail });

function firstInk(bytes: Uint8Array): number {
  let at = 0;
  while (BLANKS.has(bytes[at] as number)) at++;
  return at;
}

/** How deep brackets are nested, those within texts left out; stops counting beyond the limit. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length && deepest <= JSON_DEPTH_MAX; at++) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return deepest;
}
