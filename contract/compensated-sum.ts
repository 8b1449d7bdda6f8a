/**
 * A sum of doubles that loses next to nothing, however many there are and in whatever order: what each addition rounds away is summed too.
 * Neumaier's form of Kahan summation (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974).
 */
import * as z from "zod";

/** What it stands for is `sum + rest`. */
export const compensatedSum = z.strictObject({ sum: z.number(), rest: z.number() });
export type CompensatedSum = z.infer<typeof compensatedSum>;

export const emptySum = (): CompensatedSum => ({ sum: 0, rest: 0 });

/** Adds to `to` itself. */
export function addTerm(to: CompensatedSum, term: number): void {
  const next = to.sum + term;
  to.rest += Math.abs(to.sum) >= Math.abs(term) ? to.sum - next + term : term - next + to.sum;
  to.sum = next;
}

/** Adds `other` to `to` itself. */
export function addSum(to: CompensatedSum, other: CompensatedSum): void {
  addTerm(to, other.sum);
  to.rest += other.rest;
}

export const valueOf = ({ sum, rest }: CompensatedSum): number => sum + rest;
