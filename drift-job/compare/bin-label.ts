/** What falls into a bin of PSI, in a few characters. Pure. */
import type { FeatureReference } from "../../contract/drift-bins.ts";

/** @param from first cell of the bin; @param to its last (contract/drift-bins.ts has their order) */
export function binLabel(reference: FeatureReference, from: number, to: number): string {
  const last = reference.counts.length - 1;
  if (from === last) return "missing";
  if (reference.kind === "categorical") return reference.categories[from] ?? "other";
  const { edges } = reference;
  // A bin ends with the edge after its last cell; the last one takes all that is above.
  const isFirst = from === 0;
  const isLast = to === last - 1;
  if (isFirst && isLast) return "all values";
  if (isFirst) return `≤ ${shortNumber(edges[to - 1] as number)}`;
  if (isLast) return `> ${shortNumber(edges[from - 2] as number)}`;
  return `${shortNumber(edges[from - 2] as number)} to ${shortNumber(edges[to - 1] as number)}`;
}

/** Four significant digits. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(4)));
