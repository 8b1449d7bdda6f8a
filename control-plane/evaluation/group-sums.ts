/** What fairness needs of each group, added up row by row. Pure. */
import { EVALUATION_GROUPS_MAX } from "../../contract/limits.ts";
import type { FairnessEvidence, Gap } from "../gates/evidence.ts";
import { missing, type Measured } from "../gates/measured.ts";
import { favourableSentence } from "./favourable-sentence.ts";
import type { PredictionOutput } from "./prediction-output.ts";
import type { EvaluationRow } from "./row-reader.ts";
import { scoreSums, type ScoreSums } from "./score-sums.ts";
import type { EvaluationSpec, Favourable } from "./spec.ts";
import type { Prediction } from "./version-scorer.ts";

interface Sums {
  rows: number;
  weight: number;
  favourable: number;
  labelled: number;
  scores: ScoreSums;
}

export class GroupSums {
  readonly #rule: NonNullable<EvaluationSpec["group"]>;
  readonly #output: PredictionOutput;
  readonly #groups = new Map<string, Sums>();
  #ungrouped = 0;

  constructor(rule: NonNullable<EvaluationSpec["group"]>, output: PredictionOutput) {
    this.#rule = rule;
    this.#output = output;
  }

  /** Of finite predictions. */
  add({ group, label, weight }: EvaluationRow, prediction: Prediction): void {
    if (group === null) {
      this.#ungrouped++;
      return;
    }
    const sums = this.#groups.get(group) ?? { rows: 0, weight: 0, favourable: 0, labelled: 0, scores: scoreSums(this.#output) };
    // One more than the limit is enough to know that it is passed.
    if (this.#groups.size <= EVALUATION_GROUPS_MAX) this.#groups.set(group, sums);
    sums.rows++;
    sums.weight += weight;
    if (isFavourable(prediction, this.#rule.favourable)) sums.favourable += weight;
    if (label === null) return;
    sums.labelled++;
    sums.scores.add(label, prediction, weight);
  }

  evidence(set: string): Measured<FairnessEvidence> {
    const { column, privileged, favourable } = this.#rule;
    if (this.#groups.size > EVALUATION_GROUPS_MAX) {
      const detail = `column ${column} has more than ${EVALUATION_GROUPS_MAX} different values: it names no groups`;
      return missing({ reason: "set_unreadable", set, detail } satisfies Gap);
    }
    const groups = [...this.#groups]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([group, sums]) => ({
        group,
        rows: sums.rows,
        weight: sums.weight,
        favourable: sums.favourable,
        metrics: sums.labelled === 0 ? null : sums.scores.metrics(),
      }));
    const value = { column, privileged, favourable: favourableSentence(favourable), groups, ungroupedRows: this.#ungrouped };
    return { state: "measured", value };
  }
}

function isFavourable(prediction: Prediction, rule: Favourable): boolean {
  if (!prediction.isFinite) return false;
  if (rule.kind === "label") return prediction.label === rule.label;
  if (prediction.number === undefined) return false;
  return rule.direction === "at_least" ? prediction.number >= rule.threshold : prediction.number <= rule.threshold;
}
