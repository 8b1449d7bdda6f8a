/** When a row was measured, from its columns. Pure. A time without a zone is UTC. */
import type { TimeColumns } from "../../api/retrain-config-schema.ts";
import type { Row } from "./row.ts";

const ISO_TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/;
/** Seconds since 1970 reach this in the year 5138; milliseconds passed it in 1973. */
const MILLISECONDS_FROM = 1e11;

/** Columns that the time is made of. */
export const timeColumns = (time: TimeColumns): string[] =>
  "column" in time ? [time.column] : Object.values(time.parts).filter((name) => name !== undefined);

/** Milliseconds since 1970; undefined for what is not a time. */
export function rowTimeMs(row: Row, time: TimeColumns): number | undefined {
  if ("column" in time) return parseTimeMs(row[time.column] ?? "");
  const { year, month, day, hour, minute } = time.parts;
  const part = (name: string | undefined, otherwise: number): number => (name === undefined ? otherwise : wholeNumber(row[name]));
  const [y, m, d, h, min] = [part(year, 0), part(month, 1), part(day, 1), part(hour, 0), part(minute, 0)] as const;
  const timeMs = Date.UTC(y, m - 1, d, h, min);
  const date = new Date(timeMs);
  // Date.UTC makes 30 February the 2nd of March.
  const isSame =
    date.getUTCMonth() === m - 1 && date.getUTCDate() === d && date.getUTCHours() === h && date.getUTCMinutes() === min;
  return isSame ? timeMs : undefined;
}

/** ISO 8601 to the day or closer, with a T or a space, or nine digits or more: seconds or milliseconds since 1970. */
export function parseTimeMs(text: string): number | undefined {
  if (/^\d{9,}(\.\d+)?$/.test(text)) {
    const since = Number(text);
    return since >= MILLISECONDS_FROM ? since : since * 1000;
  }
  const [, day, clock = "00:00", zone = "Z"] = ISO_TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  const timeMs = Date.parse(`${day}T${clock}${zone}`);
  // Date.parse makes 31 June the 1st of July.
  const isDay = new Date(`${day}T00:00Z`).toJSON()?.startsWith(day) ?? false;
  return Number.isFinite(timeMs) && isDay ? timeMs : undefined;
}

const wholeNumber = (text: string | undefined): number => (text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN);
