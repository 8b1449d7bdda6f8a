/**
 * JSON as inference clients really send it: bare NaN and Infinity (Python's json.dumps), 64-bit integers past 2^53. Depth is bounded
 * before parsing. Pure.
 */
import { REQUEST_JSON_DEPTH_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

export type JsonProblem =
  { reason: "body_not_utf8" } | { reason: "body_not_json"; detail: string } | { reason: "json_too_deep"; depthMax: number };

/**
 * The value of a JSON text. Bare `NaN` reads as null (a missing value), bare `Infinity` as an infinite number (refused later, by name).
 * With `exactIntegers`, an integer that a double cannot hold reads as bigint.
 */
export function parseJson(text: string, { exactIntegers = false } = {}): Result<unknown, JsonProblem> {
  // A lenient decoder left this where bytes were no UTF-8; a model must not be asked about a text that nobody sent.
  if (text.includes("\ufffd")) return fail({ reason: "body_not_utf8" });
  if (isTooDeep(text)) return fail({ reason: "json_too_deep", depthMax: REQUEST_JSON_DEPTH_MAX });
  try {
    return succeed(parse(text, exactIntegers));
  } catch (error) {
    const repaired = replaceBareNumbers(text);
    if (repaired !== undefined) {
      try {
        return succeed(parse(repaired, exactIntegers));
      } catch {
        // The message about the text as it was sent is the one that helps.
      }
    }
    return fail({ reason: "body_not_json", detail: (error as Error).message.slice(0, 120) });
  }
}

/** Longest decimal form of a 64-bit integer, sign included; anything longer is no such integer, and a BigInt of it would take long. */
const WIDE_INTEGER_CHARACTERS_MAX = 20;

function parse(text: string, exactIntegers: boolean): unknown {
  // A reviver slows parsing several times over, so only a text that has an integer of 16 digits or more gets one.
  const hasWideInteger = exactIntegers && /(?:^|[^0-9.])[0-9]{16}/.test(text);
  return hasWideInteger ? JSON.parse(text, reviveWideInteger) : JSON.parse(text);
}

function reviveWideInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  const isRounded = typeof value === "number" && source !== undefined && !Number.isSafeInteger(value);
  return isRounded && source.length <= WIDE_INTEGER_CHARACTERS_MAX && /^-?[0-9]+$/.test(source) ? BigInt(source) : value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One pass over the characters; brackets inside texts do not count. `[` and `{`, and `]` and `}`, differ in bit 0x20 only. */
function isTooDeep(text: string): boolean {
  const { length } = text;
  let depth = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) at++;
      }
    } else if ((code | 0x20) === 0x7b) {
      if (++depth > REQUEST_JSON_DEPTH_MAX) return true;
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** The text with NaN → null and ±Infinity → ±1e999 outside strings; undefined when it has none. */
function replaceBareNumbers(text: string): string | undefined {
  if (!/NaN|Infinity/.test(text)) return undefined;
  return text.replace(/"(?:[^"\\]|\\.)*"|\bNaN\b|\bInfinity\b/gs, (token) => {
    if (token === "NaN") return "null";
    return token === "Infinity" ? "1e999" : token;
  });
}
