/** Which part of a time-based split a row belongs to. Pure. */
import type { RetrainConfig } from "../../api/retrain-config-schema.ts";
import type { PartName } from "./data-failure.ts";

const DAY_MS = 86_400_000;

export interface PartBounds {
  part: PartName;
  /** Its rows are after this … */
  afterMs: number;
  /** … and at this at the latest. */
  untilMs: number;
}

/** Counted back from the newest row: holdout (when there is to be one), validation, fit. */
export function splitBounds(newestMs: number, { windowDays, validationDays, holdoutDays }: RetrainConfig["split"]): PartBounds[] {
  const holdoutFromMs = newestMs - holdoutDays * DAY_MS;
  const validationFromMs = holdoutFromMs - validationDays * DAY_MS;
  return [
    { part: "fit", afterMs: validationFromMs - windowDays * DAY_MS, untilMs: validationFromMs },
    { part: "validation", afterMs: validationFromMs, untilMs: holdoutFromMs },
    ...(holdoutDays > 0 ? [{ part: "holdout" as const, afterMs: holdoutFromMs, untilMs: newestMs }] : []),
  ];
}

export const partOf = (timeMs: number, bounds: readonly PartBounds[]): PartBounds | undefined =>
  bounds.find(({ afterMs, untilMs }) => timeMs > afterMs && timeMs <= untilMs);
