/** Spans of time as people write them, `90m`, `6h`, `30d`, and the whole minutes that they stand for. Pure. */
import { MINUTE_MS, startOfMinute } from "./minute.ts";

export interface SlaSpan {
  from: Date;
  to: Date;
}

export const SPAN_DAYS_MAX = 366;
const UNITS_MS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 1440 * MINUTE_MS };

/** Undefined when it is no span, or longer than SPAN_DAYS_MAX. */
export function parseSpanMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const milliseconds = Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return milliseconds <= SPAN_DAYS_MAX * UNITS_MS.d ? milliseconds : undefined;
}

/** The span up to the last minute that is over: the one under way would look like a gap. */
export function spanBefore(now: Date, spanMs: number): SlaSpan {
  const to = startOfMinute(now.getTime());
  return { from: new Date(to - spanMs), to: new Date(to) };
}
