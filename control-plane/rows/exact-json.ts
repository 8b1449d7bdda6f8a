/** JSON that keeps 64-bit integers: one that a double cannot hold reads as bigint, and a bigint is written as the number it is. */

/** ES2025 JSON.rawJSON, which TypeScript's library does not declare yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => object };

type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;

const keepWideIntegers: SourceReviver = (_key, value, { source }) =>
  typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/** Throws SyntaxError, as JSON.parse does. */
export function parseExactJson(text: string): unknown {
  // The reviver costs several times the parsing, and short numbers do not need it.
  return /\d{16}/.test(text) ? JSON.parse(text, keepWideIntegers as Parameters<typeof JSON.parse>[1]) : JSON.parse(text);
}

export function exactJsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? rawJSON(String(part)) : part));
}
