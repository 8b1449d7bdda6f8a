/**
 * Fits the error model of a version (contract/error-model.ts): gradient-boosted trees of the squared error, on rows with truth that the version was not
 * fitted on. Pure: rows and a seed in, an ONNX file and its figures out.
 * Source: direct loss estimation as NannyML documents it ("How it works: Direct Loss Estimation", nannyml.readthedocs.io): the "nanny" model learns
 * the loss of each row from the features and the prediction; the mean of what it expects of live rows estimates the mean loss.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { boost } from "../trainer/boost.ts";
import { boostedOnnx } from "../trainer/boosted-onnx.ts";
import { readParameters } from "../trainer/parameters.ts";
import { tableRows, type Table } from "../trainer/table.ts";
import { marginOf } from "../trainer/tree.ts";
import type { ErrorModelFigures } from "../api/error-model-schemas.ts";

/** Rows of one version with what it predicted for them, in order of time where they have one. */
export interface ScoredRows {
  features: readonly string[];
  /** One per feature; NaN is missing. */
  columns: readonly Float32Array[];
  predictions: Float32Array;
  truth: Float32Array;
}

export interface FittedErrorModel {
  onnx: Uint8Array;
  figures: ErrorModelFigures;
}

export type FitFailure = { reason: "rows_too_few"; rows: number; min: number } | { reason: "errors_not_finite" };

/** Fewer say little of how errors depend on the features. */
export const ERROR_MODEL_ROWS_MIN = 500;
/** The newest rows, for early stopping and for the figures: a random share of hourly rows would be neighbours of those it was fitted on. */
const MEASURED_SHARE = 0.2;
/** Squared errors have a long tail: shallow trees with many rows in each leaf, which few large errors cannot bend. */
const PARAMETERS = {
  num_boost_round: 100,
  eta: 0.1,
  max_depth: 4,
  min_child_weight: 100,
  lambda: 1,
  early_stopping_rounds: 15,
};
const NAME_OF_PREDICTION = "(prediction)";

export function fitErrorModel(scored: ScoredRows, seed: number): Result<FittedErrorModel, FitFailure> {
  const rows = scored.truth.length;
  if (!(rows >= ERROR_MODEL_ROWS_MIN)) return fail({ reason: "rows_too_few", rows, min: ERROR_MODEL_ROWS_MIN });
  const squared = scored.truth.map((truth, at) => ((scored.predictions[at] as number) - truth) ** 2);
  if (!squared.every((value) => Number.isFinite(value))) return fail({ reason: "errors_not_finite" });
  const table: Table = {
    features: [...scored.features, NAME_OF_PREDICTION],
    rows,
    columns: [...scored.columns, scored.predictions],
    label: squared,
    // Live rows have no weights either.
    weight: undefined,
  };
  const parameters = readParameters(PARAMETERS, { task: "regression", features: [...table.features] });
  if (!parameters.ok) throw new Error(`the error model's own parameters are refused: ${JSON.stringify(parameters.failure)}`);
  const fitRows = Math.round(rows * (1 - MEASURED_SHARE));
  const measured = tableRows(table, fitRows, rows);
  const input = { fit: tableRows(table, 0, fitRows), validation: measured, task: "regression" as const };
  const boosted = boost({ ...input, parameters: parameters.value, seed });
  const figures: ErrorModelFigures = {
    rows,
    fitRows,
    measuredRows: measured.rows,
    rmse: rootMean(measured.label, (value) => value),
    // As the edge sums it.
    rmseEstimated: rootMean(measured.label, (_, row) =>
      Math.max(
        0,
        marginOf(
          boosted.trees,
          boosted.base,
          measured.columns.map((column) => column[row] as number),
        ),
      ),
    ),
    trees: boosted.trees.length,
  };
  return succeed({ onnx: boostedOnnx(boosted), figures });
}

function rootMean(squares: Float32Array, of: (value: number, row: number) => number): number {
  return Math.sqrt(squares.reduce((sum, value, row) => sum + of(value, row), 0) / squares.length);
}
