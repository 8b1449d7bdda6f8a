/** What a classifier got right, added up row by row: accuracy, log loss, and for two classes the area under the ROC curve. Pure. */
import type { Metrics } from "../../gates/evidence.ts";
import { areaUnderRoc } from "./area-under-roc.ts";

/** As scikit-learn's log_loss for float32 probabilities: a class predicted with 0 costs much, not infinitely much. */
const PROBABILITY_MIN = 2 ** -23;

export class ClassificationSums {
  readonly #labels: readonly string[] | undefined;
  #weight = 0;
  #correct = 0;
  #logLoss = 0;
  /** Of two classes: the second one's probability, whether it was true, and the weight. */
  readonly #scores: number[] = [];
  readonly #isSecond: boolean[] = [];
  readonly #weights: number[] = [];

  /** `labels` in the order of the probabilities; undefined where there are none. */
  constructor(labels: readonly string[] | undefined) {
    this.#labels = labels;
  }

  /** Answers the row's weighted log loss, or, without probabilities, its weighted error of 0 or 1. */
  add(label: string, predicted: string, probabilities: ArrayLike<number> | undefined, weight: number): number {
    this.#weight += weight;
    const isCorrect = label === predicted;
    if (isCorrect) this.#correct += weight;
    if (this.#labels === undefined || probabilities === undefined) return isCorrect ? 0 : weight;
    const at = this.#labels.indexOf(label);
    const probability = Math.max(PROBABILITY_MIN, Math.min(1 - PROBABILITY_MIN, at === -1 ? 0 : (probabilities[at] as number)));
    const loss = -weight * Math.log(probability);
    this.#logLoss += loss;
    if (this.#labels.length === 2) {
      this.#scores.push(probabilities[1] as number);
      this.#isSecond.push(at === 1);
      this.#weights.push(weight);
    }
    return loss;
  }

  metrics(): Metrics {
    const isEmpty = !(this.#weight > 0);
    const accuracy = isEmpty ? null : this.#correct / this.#weight;
    if (this.#labels === undefined) return { accuracy };
    const auc = this.#labels.length === 2 ? { auc: areaUnderRoc(this.#scores, this.#isSecond, this.#weights) } : {};
    return { accuracy, log_loss: isEmpty ? null : this.#logLoss / this.#weight, ...auc };
  }
}
