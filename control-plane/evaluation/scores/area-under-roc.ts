/**
 * Area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half (the Mann–Whitney statistic over the
 * number of pairs; Hanley and McNeil 1982). Weighted: each pair counts the product of its weights. Pure, O(n log n).
 *
 * @example areaUnderRoc([0.1, 0.4, 0.35, 0.8], [false, false, true, true], [1, 1, 1, 1]) // 0.75
 */
export function areaUnderRoc(
  scores: readonly number[],
  isPositive: readonly boolean[],
  weights: readonly number[],
): number | null {
  const order = Array.from(scores.keys()).toSorted((one, other) => (scores[one] as number) - (scores[other] as number));
  let below = 0;
  let positive = 0;
  let pairs = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tiedNegative = 0;
    let tiedPositive = 0;
    for (; end < order.length && scores[order[end] as number] === scores[order[start] as number]; end++) {
      const row = order[end] as number;
      if (isPositive[row]) tiedPositive += weights[row] as number;
      else tiedNegative += weights[row] as number;
    }
    pairs += tiedPositive * (below + tiedNegative / 2);
    below += tiedNegative;
    positive += tiedPositive;
    start = end;
  }
  return below > 0 && positive > 0 ? pairs / (below * positive) : null;
}
