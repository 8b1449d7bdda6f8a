/** Command line values into typed ones. Each throws commander's InvalidArgumentError, which ends in exit code 2. Pure. */
import { InvalidArgumentError } from "commander";
import type { z } from "zod";
import { modelName, versionName } from "../../contract/names.ts";
import { parseSpanMs, SPAN_DAYS_MAX } from "../sla/span.ts";

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

export const parseModel = (text: string): string => parsed(modelName, text);
/** `v3`, or `3` for short. */
export const parseVersion = (text: string): string => parsed(versionName, /^\d+$/.test(text) ? `v${text}` : text);

/** `90`, `90s`, `5m`, `1h`, `250ms` → milliseconds; a bare number is seconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const milliseconds = Number(match?.[1]) * UNITS_MS[(match?.[2] ?? "s") as keyof typeof UNITS_MS];
  if (!(milliseconds > 0)) throw new InvalidArgumentError("a duration is a number above 0 with ms, s, m or h, e.g. 60s");
  return milliseconds;
}

/** `90m`, `6h`, `30d`, as the API takes it. */
export function parseSpan(text: string): string {
  if (parseSpanMs(text) === undefined)
    throw new InvalidArgumentError(`a span is a number of m, h or d, e.g. 7d, up to ${SPAN_DAYS_MAX}d`);
  return text;
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError("expected a number above 0");
  return value;
}

export function parsePositiveInteger(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value > 0)) throw new InvalidArgumentError("expected a whole number above 0");
  return value;
}

export function parseSeed(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value)) throw new InvalidArgumentError("expected a whole number");
  return value;
}

export function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("expected an http:// or https:// URL");
  }
  return text.replace(/\/+$/, "");
}

export function parseTime(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError("expected an ISO time, e.g. 2026-11-23T10:00:00Z");
  return time.toISOString();
}

/** `a,b, c` → ["a", "b", "c"]; a name that is empty or comes twice is refused. */
export function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("expected names separated by commas");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} comes twice`);
  return names;
}

/** Collector for a repeatable `--tag key=value`. */
export function collectTag(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [key, value] = splitPair(text);
  return { ...before, [key]: value };
}

/** Collector for a repeatable `--metric name=number`. */
export function collectMetric(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [name, value] = splitPair(text);
  if (value.trim() === "" || !Number.isFinite(Number(value))) {
    throw new InvalidArgumentError(`${name} needs a finite number, got ${JSON.stringify(value)}`);
  }
  return { ...before, [name]: Number(value) };
}

/** Collector for a repeatable `--parameter name=value`: numbers and booleans as such, the rest as text. */
export function collectParameter(
  text: string,
  before: Record<string, string | number | boolean> = {},
): Record<string, string | number | boolean> {
  const [name, value] = splitPair(text);
  const number = value.trim() === "" ? NaN : Number(value);
  return {
    ...before,
    [name]: Number.isFinite(number) ? number : value === "true" || value === "false" ? value === "true" : value,
  };
}

/** A share above 0 and below 1. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number above 0 and below 1");
  return value;
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected name=value");
  return [text.slice(0, at), text.slice(at + 1)];
}

function parsed(schema: z.ZodType<string>, text: string): string {
  const result = schema.safeParse(text);
  if (!result.success) throw new InvalidArgumentError(result.error.issues[0]?.message ?? "not allowed");
  return result.data;
}
