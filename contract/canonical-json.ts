/**
 * Canonical JSON: one byte sequence for one value, so that a signature made in Node verifies in a Worker.
 * The rules of RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code unit, no white space,
 * ECMAScript's own number and string forms. Not a general serializer: it refuses what JSON cannot carry.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Canonical text of `value`. Throws on NaN, infinities, undefined members and lone surrogates: such a record must never be signed. */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new TypeError("canonical JSON cannot carry a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot carry ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`canonical JSON cannot carry a ${typeof value}`);
  const record = value as { readonly [key: string]: JsonValue };
  const members = Object.keys(record)
    .toSorted()
    .map((key) => `${canonicalJson(key)}:${canonicalJson(record[key] as JsonValue)}`);
  return `{${members.join(",")}}`;
}
