/** Corrections of p-values for having tested many features at once. */
import type { DriftRule } from "../../contract/drift-rule.ts";

/**
 * Adjusted p-values, to be compared with the level as the raw ones would be. "bonferroni" bounds the chance of any false alarm,
 * "benjamini_hochberg" the expected share of false ones among the alarms (Benjamini and Hochberg 1995, step-up).
 */
export function adjustPValues(pValues: readonly number[], correction: DriftRule["correction"]): number[] {
  const count = pValues.length;
  switch (correction) {
    case "none":
      return [...pValues];
    case "bonferroni":
      return pValues.map((pValue) => Math.min(1, pValue * count));
    case "benjamini_hochberg": {
      const order = pValues.map((_, at) => at).toSorted((a, b) => (pValues[a] as number) - (pValues[b] as number));
      const adjusted = Array.from({ length: count }, () => 1);
      let least = 1;
      for (let rank = count; rank >= 1; rank--) {
        const at = order[rank - 1] as number;
        least = Math.min(least, ((pValues[at] as number) * count) / rank);
        adjusted[at] = least;
      }
      return adjusted;
    }
  }
}
