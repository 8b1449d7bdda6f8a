/** Compares one feature of two sets of rows: every statistic of a report but the decision, which needs all features at once. */
import { categoricalCell, categoryCells } from "../../contract/drift-bins.ts";
import type { ReadColumn } from "../input/read-columns.ts";
import { categoricalReference, countIntoCells, numericReference } from "../statistics/reference-from-sample.ts";
import { sortSample, type SortedSample } from "../statistics/sorted-sample.ts";
import { twoSampleKs } from "../statistics/two-sample-ks.ts";
import { wasserstein } from "../statistics/wasserstein.ts";
import type { FeatureComparison } from "./feature-comparison.ts";
import { histogramOf, quantilesOf, standardDeviation } from "./shape-of-sample.ts";

export interface ColumnPair {
  reference: ReadColumn;
  current: ReadColumn;
}

/** The pieces of both are given away. O(n + m) for numbers: they are sorted by digits, once, and everything follows from the order. */
export function compareFeature({ reference, current }: ColumnPair): FeatureComparison {
  if (reference.kind === "numeric" && current.kind === "numeric") return compareNumbers(reference, current);
  if (reference.kind === "categorical" && current.kind === "categorical") return compareCategories(reference, current);
  throw new Error(`a ${reference.kind} column cannot be compared with a ${current.kind} one`);
}

function compareNumbers(
  reference: ReadColumn & { kind: "numeric" },
  current: ReadColumn & { kind: "numeric" },
): FeatureComparison {
  const a = sampleOf(reference.pieces);
  const b = sampleOf(current.pieces);
  const comparison: FeatureComparison = {
    kind: "numeric",
    reference: { values: a?.length ?? 0, missing: reference.missing },
    current: { values: b?.length ?? 0, missing: current.missing },
  };
  if (a === undefined) return comparison;
  const cells = numericReference(a, reference.missing);
  const counts =
    b === undefined ? [...cells.counts.slice(0, -1).fill(0), current.missing] : countIntoCells(cells, b, current.missing);
  comparison.cells = { reference: cells, current: counts };
  if (b === undefined) return comparison;
  const { statistic, pValue, method, location, sign } = twoSampleKs(a, b);
  comparison.ks = { statistic, pValue, method, location, sign };
  comparison.wasserstein = { distance: wasserstein(a, b), referenceDeviation: standardDeviation(a) };
  comparison.histogram = histogramOf(a, b);
  comparison.quantiles = quantilesOf(a, b);
  return comparison;
}

function compareCategories(
  reference: ReadColumn & { kind: "categorical" },
  current: ReadColumn & { kind: "categorical" },
): FeatureComparison {
  const comparison: FeatureComparison = {
    kind: "categorical",
    reference: { values: valuesOf(reference), missing: reference.missing },
    current: { values: valuesOf(current), missing: current.missing },
  };
  if (reference.counts.size === 0) return comparison;
  const cells = categoricalReference(reference.counts, reference.missing);
  const places = categoryCells(cells);
  const counts = cells.counts.map(() => 0);
  comparison.unseen = 0;
  for (const [category, count] of current.counts) {
    (counts[categoricalCell(places, category)] as number) += count;
    if (!reference.counts.has(category)) comparison.unseen += count;
  }
  counts[counts.length - 1] = current.missing;
  comparison.cells = { reference: cells, current: counts };
  return comparison;
}

const valuesOf = ({ counts }: { counts: ReadonlyMap<string, number> }): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

function sampleOf(pieces: readonly Float64Array[]): SortedSample | undefined {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length === 0) return undefined;
  const joined = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return sortSample(joined);
}
