/** Shortens what a refusal quotes from a file: names and lists in it can be megabytes long, and a refusal goes to logs and callers. */
import { DETAIL_CHARACTERS_MAX, EVIDENCE_ITEMS_MAX } from "./inspection-limits.ts";
import type { InspectionRefusal } from "./inspection.ts";

/** The same refusal with every text and list cut to its limit. */
export function clipEvidence(refusal: InspectionRefusal): InspectionRefusal {
  return Object.fromEntries(
    Object.entries(refusal).map(([name, value]) => [name, clipped(value)]),
  ) as unknown as InspectionRefusal;
}

function clipped(value: unknown): unknown {
  if (typeof value === "string")
    return value.length <= DETAIL_CHARACTERS_MAX ? value : `${value.slice(0, DETAIL_CHARACTERS_MAX)}…`;
  return Array.isArray(value) ? value.slice(0, EVIDENCE_ITEMS_MAX).map(clipped) : value;
}
