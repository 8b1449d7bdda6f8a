/** The scores of both versions on the same rows, and the blocks of rows that the interval of their difference is drawn from. Pure. */
import type { MetricName, QualityEvidence } from "../gates/evidence.ts";
import type { Random } from "../inspection/seeded-random.ts";
import type { PredictionOutput } from "./prediction-output.ts";
import type { EvaluationRow } from "./row-reader.ts";
import { scoreSums, type ScoreSums } from "./score-sums.ts";
import { blockRowsOf, bootstrapDifference, type Block } from "./scores/block-bootstrap.ts";
import type { Prediction } from "./version-scorer.ts";

const RESAMPLES = 1000;
const LEVEL = 0.95;

export class PairedScores {
  labelledRows = 0;
  readonly #task: PredictionOutput["task"];
  readonly #lossMetric: MetricName;
  readonly #candidate: ScoreSums;
  readonly #production: ScoreSums | undefined;
  readonly #blockRows: number;
  readonly #blocks: Block[] = [];

  constructor(candidate: PredictionOutput, production: PredictionOutput | undefined, rows: number) {
    this.#task = candidate.task;
    this.#lossMetric = lossMetricOf(candidate, production);
    this.#candidate = scoreSums(candidate);
    this.#production = production && scoreSums(production);
    this.#blockRows = blockRowsOf(rows);
  }

  /** Rows without a label count for nothing, but keep their place among their neighbours. */
  add({ row, label, weight }: EvaluationRow, candidate: Prediction, production: Prediction | undefined): void {
    if (label === null) return;
    this.labelledRows++;
    const ours = this.#candidate.add(label, candidate, weight);
    const theirs = production && this.#production?.add(label, production, weight);
    const at = Math.floor((row - 1) / this.#blockRows);
    const block = (this.#blocks[at] ??= { candidate: 0, production: 0, weight: 0 });
    block.candidate += ours;
    block.production += theirs ?? 0;
    block.weight += weight;
  }

  evidence(seed: number, random: Random): QualityEvidence {
    const blocks = this.#blocks.filter((block) => block !== undefined);
    const meanToMetric =
      this.#lossMetric === "rmse"
        ? Math.sqrt
        : this.#lossMetric === "accuracy"
          ? (error: number) => 1 - error
          : (loss: number) => loss;
    const interval =
      this.#production && bootstrapDifference(blocks, meanToMetric, { resamples: RESAMPLES, level: LEVEL, random });
    return {
      task: this.#task,
      rows: this.labelledRows,
      candidate: this.#candidate.metrics(),
      production: this.#production?.metrics() ?? null,
      interval: interval
        ? { metric: this.#lossMetric, ...interval, level: LEVEL, resamples: RESAMPLES, blockRows: this.#blockRows, seed }
        : null,
    };
  }
}

/** What the rows' losses are of: log loss only where both versions give probabilities. */
function lossMetricOf(candidate: PredictionOutput, production: PredictionOutput | undefined): MetricName {
  if (candidate.task === "regression") return "rmse";
  const hasProbabilities = [candidate, production].every(
    (output) => output === undefined || (output.task === "classification" && output.kind === "probabilities"),
  );
  return hasProbabilities ? "log_loss" : "accuracy";
}
