/**
 * The Population Stability Index, PSI = Σ (a − e) · ln(a / e) over bins, e being the reference's share of a bin and a the current one's. It is
 * symmetric, 0 for equal shares, and grows without bound. A share below the floor is taken as the floor (an empty bin would give infinity);
 * the others are left as they are.
 *
 * The same function serves files and live windows, which both come with counts over the cells of a reference (contract/drift-bins.ts).
 */
import type { FeatureReference } from "../../contract/drift-bins.ts";

export interface PsiBin {
  /** Cells of the reference that make up the bin, first and last. */
  from: number;
  to: number;
  referenceCount: number;
  currentCount: number;
  /** This bin's term of the sum. */
  term: number;
}

export interface Psi {
  psi: number;
  /** The last is the missing values'. For a category, the last but one is the unseen and the rare ones'. */
  bins: PsiBin[];
}

/**
 * @param reference rows of the reference in each bin
 * @param current rows of the current set in the same bins
 * @throws RangeError when either has no rows at all: that is "not enough data" and the caller's to say
 */
export const psiOfCounts = (reference: ArrayLike<number>, current: ArrayLike<number>, floor: number): number =>
  psiTerms(reference, current, floor).reduce((sum, term) => sum + term, 0);

/**
 * PSI over the bins of a feature's reference: for a number about `bins` bins of equal reference share, whose edges are among the reference's
 * (exactly its `bins`-quantiles when `bins` divides 100), the outer two open to all values below and above; for a category one bin each.
 * Missing values are a bin of their own.
 */
export function psiOfFeature(reference: FeatureReference, current: ArrayLike<number>, bins: number, floor: number): Psi {
  if (current.length !== reference.counts.length)
    throw new RangeError(`the reference has ${reference.counts.length} cells, the current counts ${current.length}`);
  const groups = reference.kind === "numeric" ? quantileGroups(reference.counts, bins) : singleCells(reference.counts.length);
  const referenceCounts = groups.map(([from, to]) => sumCells(reference.counts, from, to));
  const currentCounts = groups.map(([from, to]) => sumCells(current, from, to));
  const terms = psiTerms(referenceCounts, currentCounts, floor);
  return {
    psi: terms.reduce((sum, term) => sum + term, 0),
    bins: groups.map(([from, to], at) => ({
      from,
      to,
      referenceCount: referenceCounts[at] as number,
      currentCount: currentCounts[at] as number,
      term: terms[at] as number,
    })),
  };
}

/**
 * PSI that two samples of the same distribution are expected to show, (bins − 1)(1/n + 1/m): what a threshold must be well above.
 * B. Yurdakul, "Statistical properties of population stability index" (2018), theorem 1: PSI / (1/n + 1/m) is about χ² with bins − 1 degrees.
 */
export const psiOfNoise = (bins: number, referenceRows: number, currentRows: number): number =>
  (bins - 1) * (1 / referenceRows + 1 / currentRows);

function psiTerms(reference: ArrayLike<number>, current: ArrayLike<number>, floor: number): number[] {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`);
  const referenceTotal = sumCells(reference, 0, reference.length - 1);
  const currentTotal = sumCells(current, 0, current.length - 1);
  if (!(referenceTotal > 0 && currentTotal > 0)) throw new RangeError("PSI needs rows on both sides");
  return Array.from(reference, (referenceCount, at) => {
    const expected = Math.max(referenceCount / referenceTotal, floor);
    const actual = Math.max((current[at] as number) / currentTotal, floor);
    return (actual - expected) * Math.log(actual / expected);
  });
}

/** Cells [from, to] of each bin: cut after the first cell that brings the share of the reference's values to i / bins or more. */
function quantileGroups(counts: readonly number[], bins: number): [from: number, to: number][] {
  const missing = counts.length - 1;
  const above = missing - 1;
  const values = sumCells(counts, 0, above);
  const groups: [number, number][] = [];
  let from = 0;
  let atMost = 0;
  let reached = 1;
  // The cell above the maximum always goes to the last bin, the one below the minimum to the first.
  for (let cell = 0; cell < above - 1; cell++) {
    atMost += counts[cell] as number;
    if (atMost * bins < reached * values || atMost === 0) continue;
    groups.push([from, cell]);
    from = cell + 1;
    while (reached * values <= atMost * bins) reached++;
  }
  return [...groups, [from, above], [missing, missing]];
}

const singleCells = (cells: number): [from: number, to: number][] => Array.from({ length: cells }, (_, cell) => [cell, cell]);

function sumCells(counts: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let cell = from; cell <= to; cell++) sum += counts[cell] as number;
  return sum;
}
