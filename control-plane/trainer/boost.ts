/**
 * Gradient boosting: tree after tree on the gradients of the rows to fit, stopped early by the rows to validate on. Pure: seed in, model out, the same on
 * every machine. One round at a time, so that whoever runs it can show how far it is, and stop.
 * Source: Chen & Guestrin 2016; the parameters are XGBoost's (parameters.ts).
 */
import type { TrainingJob } from "../../contract/training-job.ts";
import { seededRandom } from "../inspection/seeded-random.ts";
import { binRows, findCuts } from "./bins.ts";
import { growTree } from "./grow-tree.ts";
import { HistogramPool } from "./histogram-pool.ts";
import { lossOf, weightedMean } from "./loss.ts";
import type { TrainerParameters } from "./parameters.ts";
import { sampleFeatures, sampleRows } from "./sampling.ts";
import type { SplitRules } from "./split.ts";
import type { Table } from "./table.ts";
import { addByBins, type GrownTree } from "./tree.ts";

export interface BoostInput {
  fit: Table;
  validation: Table;
  task: TrainingJob["task"];
  parameters: TrainerParameters;
  seed: number;
}

export interface Round {
  /** From 1. */
  round: number;
  of: number;
  /** What validationScore is: `rmse` or `log_loss`. */
  score: string;
  /** On the validation rows, after this round. */
  validationScore: number;
}

export interface Boosted {
  task: TrainingJob["task"];
  features: readonly string[];
  trees: GrownTree[];
  /** What the trees add to. */
  base: number;
  /** Of the kept trees, on the validation rows. */
  metrics: Record<string, number>;
  /** Rounds that were run, and that are kept. */
  rounds: { run: number; kept: number };
}

/** Runs all rounds. */
export function boost(input: BoostInput): Boosted {
  const rounds = boosting(input);
  for (;;) {
    const next = rounds.next();
    if (next.done) return next.value;
  }
}

/** Yields after each round, returns the model. */
export function* boosting({ fit, validation, task, parameters, seed }: BoostInput): Generator<Round, Boosted> {
  const loss = lossOf(task);
  const random = seededRandom(seed);
  const cuts = findCuts(fit, parameters.max_bin);
  const [binned, validationBinned] = [binRows(fit, cuts), binRows(validation, cuts)];
  const pool = new HistogramPool(cuts.offsets.at(-1) as number);
  const base = Math.fround(loss.toMargin(parameters.base_score ?? weightedMean(fit, (label) => label)));
  const margins = new Float32Array(fit.rows).fill(base);
  const validationMargins = new Float32Array(validation.rows).fill(base);
  const gradients = new Float32Array(2 * fit.rows);
  const rules = splitRules(parameters);
  const trees: GrownTree[] = [];
  const best = { score: Infinity, rounds: 0, margins: validationMargins.slice() };
  const { num_boost_round: rounds, early_stopping_rounds: patience, max_depth: maxDepth, eta } = parameters;
  for (let round = 1; round <= rounds; round++) {
    loss.setGradients(gradients, fit, margins);
    const rows = sampleRows(fit.rows, parameters.subsample, random);
    const features = sampleFeatures(fit.columns.length, parameters.colsample_bytree, random);
    const isSampled = flagsOf(rows, fit.rows);
    const tree = growTree({ binned, cuts, gradients, rows, features, rules, maxDepth, eta }, margins, pool);
    if (isSampled !== undefined) addByBins(tree, binned, cuts, margins, isSampled);
    addByBins(tree, validationBinned, cuts, validationMargins);
    trees.push(tree);
    const validationScore = loss.score.of(validation, validationMargins);
    if (validationScore < best.score || patience === 0) {
      best.score = validationScore;
      best.rounds = round;
      best.margins.set(validationMargins);
    } else if (round - best.rounds >= patience) break;
    yield { round, of: rounds, score: loss.score.name, validationScore };
  }
  return {
    task,
    features: fit.features,
    trees: trees.slice(0, best.rounds),
    base,
    metrics: loss.metrics(validation, best.margins),
    rounds: { run: trees.length, kept: best.rounds },
  };
}

/** 1 for each row that a tree sees; undefined when it sees all. */
function flagsOf(sampled: Int32Array, rows: number): Uint8Array | undefined {
  if (sampled.length === rows) return undefined;
  const flags = new Uint8Array(rows);
  for (let at = 0; at < sampled.length; at++) flags[sampled[at] as number] = 1;
  return flags;
}

function splitRules({ lambda, alpha, gamma, min_child_weight, monotone_constraints }: TrainerParameters): SplitRules {
  const monotone = monotone_constraints?.some((direction) => direction !== 0) ? Int8Array.from(monotone_constraints) : undefined;
  return { lambda, alpha, gamma, minChildWeight: min_child_weight, monotone };
}
