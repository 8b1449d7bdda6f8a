/** The query of /internal/windows: from and to as ISO times, cut to whole hours. Pure. */
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";
import { DRIFT_WINDOW_HOURS_ASKED_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

export interface AskedHours {
  fromHour: number;
  /** Not included. */
  toHour: number;
}

/** Hours that lie within from and to only in part are answered whole. */
export function windowsQuery(
  parameters: URLSearchParams,
): Result<AskedHours, { reason: "query_invalid"; parameter: string; detail: string }> {
  const [fromMs, toMs] = ["from", "to"].map((name) => timeOf(parameters.get(name)));
  if (fromMs === undefined) return invalid("from", "must be an ISO time, e.g. 2026-11-23T10:00:00Z");
  if (toMs === undefined) return invalid("to", "must be an ISO time, e.g. 2026-11-23T12:00:00Z");
  const [fromHour, toHour] = [hourOf(fromMs), hourOf(toMs + HOUR_MS - 1)];
  if (!(toHour > fromHour)) return invalid("to", "must be after from");
  const hours = toHour - fromHour;
  if (hours > DRIFT_WINDOW_HOURS_ASKED_MAX) {
    return invalid("to", `is ${hours} hours after from, and the limit is ${DRIFT_WINDOW_HOURS_ASKED_MAX}`);
  }
  return succeed({ fromHour, toHour });
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/;

function timeOf(text: string | null): number | undefined {
  const ms = text !== null && ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

const invalid = (parameter: string, detail: string) => fail({ reason: "query_invalid" as const, parameter, detail });
