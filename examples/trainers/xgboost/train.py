#!/usr/bin/env python3
"""A trainer for Edgewise with the real XGBoost: train.py DIRECTORY (docs/trainers.md). Tried with XGBoost 1.7.4, pandas 1.5.3.

Leaves model.ubj, which registration converts to ONNX. OMP_NUM_THREADS sets the number of threads.
"""

import json
import pathlib
import sys
import time

import numpy as np
import pandas as pd
import xgboost as xgb

# What this trainer knows; everything else in the job's parameters is an error, as XGBoost itself would only warn.
BOOSTER = {
    "eta", "max_depth", "min_child_weight", "lambda", "alpha", "gamma", "max_bin", "subsample", "colsample_bytree", "base_score",
    "monotone_constraints", "booster", "rate_drop", "grow_policy", "max_leaves", "scale_pos_weight", "max_delta_step",
}
TRAINING = {"num_boost_round", "early_stopping_rounds"}
OBJECTIVES = {
    "regression": ("reg:squarederror", "rmse"),
    "binary_classification": ("binary:logistic", "logloss"),
}


class Progress(xgb.callback.TrainingCallback):
    """A line of JSON a round: what moves the progress bar."""

    def __init__(self, rounds):
        self.rounds = rounds

    def after_iteration(self, model, epoch, evals_log):
        name, scores = next(iter(evals_log["validation"].items()))
        note = f"round {epoch + 1}: validation {name} {scores[-1]:.6g}"
        print(json.dumps({"progress": {"done": epoch + 1, "of": self.rounds}, "note": note}, separators=(",", ":")), flush=True)
        return False


def rows_of(directory, job, part):
    wanted = [*job["features"], job["label"], *([job["weight"]] if "weight" in job else [])]
    # keep_default_na would also take "null" and the like for missing.
    table = pd.read_csv(directory / job[part]["path"], usecols=wanted, keep_default_na=False, na_values=["", "NA", "NaN", "nan"])
    if len(table) != job[part]["rows"]:
        sys.exit(f"error: {job[part]['path']} has {len(table)} rows, and the job says {job[part]['rows']}")
    table = table[table[job["label"]].notna()].astype(np.float32)
    weight = table[job["weight"]] if "weight" in job else None
    return table[job["features"]], table[job["label"]], weight


def measure(task, label, prediction, weight):
    def mean(values):
        return float(np.average(values, weights=weight))

    if task == "regression":
        return {"rmse": mean((prediction - label) ** 2) ** 0.5, "mae": mean(np.abs(prediction - label))}
    chance = np.clip(np.where(label == 1, prediction, 1 - prediction), 1e-15, 1)
    return {"log_loss": mean(-np.log(chance)), "accuracy": mean((prediction > 0.5) == (label == 1))}


def main(directory):
    job = json.loads((directory / "job.json").read_text())
    given = job["parameters"]
    unknown = sorted(set(given) - BOOSTER - TRAINING)
    if unknown:
        sys.exit(f"error: unknown parameters {', '.join(unknown)}; known are {', '.join(sorted(BOOSTER | TRAINING))}")
    objective, metric = OBJECTIVES[job["task"]]
    rounds, patience = given.get("num_boost_round", 200), given.get("early_stopping_rounds", 0)
    fit_rows, fit_label, fit_weight = rows_of(directory, job, "fit")
    validation_rows, label, weight = rows_of(directory, job, "validation")
    print(f"{len(fit_rows)} rows to fit, {len(validation_rows)} to validate on", flush=True)

    started = time.perf_counter()
    fit = xgb.DMatrix(fit_rows, fit_label, weight=fit_weight)
    validation = xgb.DMatrix(validation_rows, label, weight=weight)
    parameters = {
        "objective": objective,
        "eval_metric": metric,
        "tree_method": "hist",
        "seed": job["seed"],
        # Before version 2 XGBoost begins with 0.5, which costs a regression its first rounds.
        "base_score": float(np.mean(fit_label)),
        **{name: value for name, value in given.items() if name in BOOSTER},
    }
    callbacks = [Progress(rounds)]
    if patience > 0:
        callbacks.append(xgb.callback.EarlyStopping(patience, save_best=True))
    booster = xgb.train(parameters, fit, rounds, evals=[(validation, "validation")], callbacks=callbacks, verbose_eval=False)
    seconds = time.perf_counter() - started

    metrics = measure(job["task"], label.to_numpy(np.float64), booster.predict(validation).astype(np.float64), weight)
    booster.save_model(directory / "model.ubj")
    record = {
        "schema": 1,
        "artifact": "model.ubj",
        "trainer": {"name": "xgboost", "version": xgb.__version__},
        "metrics": metrics,
        "details": {"fit_rows": fit.num_row(), "rounds_kept": booster.num_boosted_rounds(), "training_seconds": round(seconds, 3)},
    }
    (directory / "metrics.json").write_text(json.dumps(record, indent=2) + "\n")
    print(", ".join(f"{name} {value}" for name, value in metrics.items()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: train.py DIRECTORY")
    main(pathlib.Path(sys.argv[1]))
