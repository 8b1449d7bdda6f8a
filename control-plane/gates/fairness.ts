/**
 * The gate "fairness": disparate impact of each group within its bounds. Demographic parity and the error by group are shown beside it and
 * decide nothing. Pure.
 * Disparate impact is a group's rate of favourable predictions over the privileged group's (the four-fifths rule, 29 CFR 1607.4 D).
 */
import type { FairnessEvidence, GroupEvidence } from "./evidence.ts";
import { gapSentence } from "./gap-sentence.ts";
import type { Measured } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import { failed, inconclusive, pass, type Finding, type Numbers } from "./verdict.ts";

export function judgeFairness(evidence: Measured<FairnessEvidence>, policy: GatePolicy["fairness"]): Finding {
  if (evidence.state === "missing") return inconclusive(evidence.gap.reason, gapSentence(evidence.gap));
  const { groups, privileged: privilegedName, column } = evidence.value;
  const privileged = groups.find(({ group }) => group === privilegedName);
  const others = groups.filter(({ group }) => group !== privilegedName);
  if (privileged === undefined) {
    return inconclusive("privileged_group_absent", `no row has ${column} ${JSON.stringify(privilegedName)}`);
  }
  if (others.length === 0) return inconclusive("one_group", `every row has ${column} ${JSON.stringify(privilegedName)}`);
  const numbers = numbersOf(evidence.value, privileged);
  if (!(privileged.favourable > 0)) {
    return inconclusive(
      "privileged_rate_zero",
      `nothing favourable is predicted for ${privilegedName}, so no ratio is defined`,
      numbers,
    );
  }
  const judged = privileged.rows >= policy.groupRowsMin ? others.filter(({ rows }) => rows >= policy.groupRowsMin) : [];
  const isDefined = (group: GroupEvidence): boolean => Number.isFinite(disparateImpact(group, privileged));
  const unfair = judged.filter((group) => isDefined(group) && !isWithin(disparateImpact(group, privileged), policy));
  if (unfair.length > 0) {
    const shown = unfair.map((group) => `${group.group} ${figure(disparateImpact(group, privileged))}`).join(", ");
    return failed(
      "disparate_impact",
      `disparate impact outside ${policy.ratioMin} to ${policy.ratioMax}: ${shown} (against ${privilegedName})`,
      numbers,
    );
  }
  const small = groups.filter(({ rows }) => !(rows >= policy.groupRowsMin));
  if (small.length > 0) {
    const shown = small.map(({ group, rows }) => `${group} ${rows}`).join(", ");
    return inconclusive("group_too_small", `fewer than ${policy.groupRowsMin} rows: ${shown}`, numbers);
  }
  const undefinedOf = others.find((group) => !isDefined(group));
  if (undefinedOf) {
    const { group, rows, weight } = undefinedOf;
    return inconclusive(
      "ratio_undefined",
      `disparate impact of ${group} is not defined: its ${rows} rows weigh ${weight}`,
      numbers,
    );
  }
  const ratios = others.map((group) => disparateImpact(group, privileged));
  return pass(
    "within_bounds",
    `disparate impact ${figure(Math.min(...ratios))} to ${figure(Math.max(...ratios))} over ${others.length + 1} groups of ${column}`,
    numbers,
  );
}

/** Of sums, so that whole weights give the ratio with one rounding: 40 of 100 over 50 of 100 is the number 0.8 and not one beside it. */
function disparateImpact(group: GroupEvidence, privileged: GroupEvidence): number {
  return (group.favourable * privileged.weight) / (group.weight * privileged.favourable);
}

const isWithin = (ratio: number, { ratioMin, ratioMax }: GatePolicy["fairness"]): boolean =>
  ratio >= ratioMin && ratio <= ratioMax;

function numbersOf({ groups, ungroupedRows }: FairnessEvidence, privileged: GroupEvidence): Numbers {
  const numbers: Numbers = { ungroupedRows };
  const rates = groups.map(({ favourable, weight }) => favourable / weight);
  const parity = Math.max(...rates) - Math.min(...rates);
  if (Number.isFinite(parity)) numbers["demographicParityDifference"] = parity;
  for (const group of groups) {
    numbers[`${group.group}.rows`] = group.rows;
    const ratio = disparateImpact(group, privileged);
    if (Number.isFinite(ratio)) numbers[`${group.group}.disparateImpact`] = ratio;
    for (const [metric, value] of Object.entries(group.metrics ?? {})) numbers[`${group.group}.${metric}`] = value;
  }
  return numbers;
}

const figure = (value: number): string => value.toFixed(3);
