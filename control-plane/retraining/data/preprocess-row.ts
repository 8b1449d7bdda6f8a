/** The named preprocessing steps, each on one row. Pure; a small closed set, for all else a configuration can name a command. */
import type { PreprocessStep } from "../../api/retrain-config-schema.ts";
import { isMissing, numberOf, type Row } from "./row.ts";

/** The row after all steps, or what dropped it. */
export function preprocessRow(row: Row, timeMs: number, steps: readonly PreprocessStep[]): { row: Row } | { droppedBy: string } {
  let current = row;
  for (const step of steps) {
    switch (step.step) {
      case "drop_rows_without": {
        const missing = step.columns.find((column) => isMissing(current[column]));
        if (missing !== undefined) return { droppedBy: `without ${missing}` };
        break;
      }
      case "drop_rows_outside": {
        const text = current[step.column];
        if (isMissing(text)) break;
        const value = numberOf(text ?? "");
        const isInside = value !== undefined && value >= (step.min ?? -Infinity) && value <= (step.max ?? Infinity);
        if (!isInside) return { droppedBy: `${step.column} outside` };
        break;
      }
      case "derive":
        current = { ...current, [step.column]: String(calendar(timeMs, step.from)) };
        break;
      case "rename": {
        const { [step.from]: value = "", ...rest } = current;
        current = { ...rest, [step.to]: value };
      }
    }
  }
  return { row: current };
}

function calendar(timeMs: number, part: "month" | "hour" | "weekday" | "day_of_year"): number {
  const date = new Date(timeMs);
  switch (part) {
    case "month":
      return date.getUTCMonth() + 1;
    case "hour":
      return date.getUTCHours();
    case "weekday":
      return date.getUTCDay();
    case "day_of_year":
      return Math.floor((timeMs - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  }
}
