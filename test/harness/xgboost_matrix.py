"""Trains XGBoost over objectives, boosters, depths, missing values and base scores, and writes models, rows and the library's own predictions.

/usr/bin/python3 xgboost_matrix.py DIRECTORY ROWS ROUNDS; prints the cases as JSON. Debian's XGBoost 1.7.4 and NumPy; the seed is fixed.
"""

import itertools
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

directory, row_count, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
FEATURES = 7
random = np.random.default_rng(20261125)
full = random.normal(size=(row_count, FEATURES)).astype(np.float32)
holed = full.copy()
holed[random.random(full.shape) < 0.2] = np.nan
signal = 2 * full[:, 0] + np.sin(3 * full[:, 1]) + full[:, 2] * full[:, 3]
level = np.digitize(signal, [-1.5, 0, 1.5])
above = (signal > 0).astype(np.float32)
category = random.integers(0, 70, size=row_count).astype(np.float32)

LABELS = {
    "reg:squarederror": signal + 0.1 * random.normal(size=row_count),
    "reg:absoluteerror": signal,
    "reg:pseudohubererror": signal,
    "reg:logistic": 1 / (1 + np.exp(-signal)),
    "binary:logistic": above,
    "binary:logitraw": above,
    "binary:hinge": above,
    "multi:softmax": level,
    "multi:softprob": level,
    "count:poisson": random.poisson(np.exp(signal / 3)),
    "reg:gamma": np.exp(signal / 3) + 0.01,
    "reg:tweedie": np.maximum(0, signal),
    "rank:pairwise": level,
    "rank:ndcg": level,
    "survival:cox": np.exp(signal / 3),
}
PROBABILITY = {"reg:logistic", "binary:logistic"}
cases = []


def write(name, data, label, parameters, types=None):
    described = {"feature_types": types, "enable_categorical": types is not None}
    matrix = xgb.DMatrix(data, label, **described)
    if parameters["objective"].startswith("rank"):
        matrix.set_group([100] * (row_count // 100))
    booster = xgb.train({"nthread": 1, "seed": 7, "verbosity": 0, **parameters}, matrix, rounds)
    # Rows to predict: a part of the training rows and as many far from them.
    asked = np.concatenate([data[: row_count // 2], (data * np.float32(3))[: row_count - row_count // 2]])
    predictions = booster.predict(xgb.DMatrix(asked, **described)).astype(np.float32)
    files = f"{len(cases)}"
    for suffix in ("json", "ubj"):
        booster.save_model(directory / f"{files}.{suffix}")
    asked.tofile(directory / f"{files}.rows")
    predictions.tofile(directory / f"{files}.predictions")
    cases.append({"name": name, "files": files, "objective": parameters["objective"], "features": data.shape[1]})


for objective, booster, depth in itertools.product(LABELS, ("gbtree", "dart", "gblinear"), (2, 8)):
    is_linear = booster == "gblinear"
    # Absolute error sets the leaves after the tree is grown, which a linear model has not.
    if is_linear and (depth == 8 or objective == "reg:absoluteerror"):
        continue
    parameters = {"objective": objective, "booster": booster, "tree_method": "hist", "max_depth": depth}
    if is_linear:
        parameters = {"objective": objective, "booster": booster, "updater": "coord_descent"}
    if booster == "dart":
        parameters["rate_drop"] = 0.3
    if objective.startswith("multi"):
        parameters["num_class"] = 4
    missing = depth == 8 or is_linear
    if depth == 8:
        parameters["base_score"] = 0.1 if objective in PROBABILITY else 3.5
    shown = ", ".join([objective, booster, "" if is_linear else f"depth {depth}", "missing values" if missing else "", f"base {parameters.get('base_score', 'default')}"])
    write(shown, holed if missing else full, LABELS[objective], parameters)

regression = {"objective": "reg:squarederror", "tree_method": "hist"}
target = LABELS["reg:squarederror"]
write("base score far from the labels", holed, target, {**regression, "base_score": 12345.678})
write("labels of 1e6 that cancel", holed, target * 1e6, regression)
write("four parallel trees, sampled", holed, target, {**regression, "num_parallel_tree": 4, "subsample": 0.6, "colsample_bynode": 0.6})
write("lossguide with 60 leaves", holed, target, {**regression, "grow_policy": "lossguide", "max_leaves": 60, "max_depth": 0})
write("exact trees", holed, target, {**regression, "tree_method": "exact"})
mixed = holed.copy()
mixed[:, 2] = np.where(np.isnan(holed[:, 2]), np.nan, category)
kinds = ["q", "q", "c", "q", "q", "q", "q"]
write("categories in sets", mixed, target + category % 5, {**regression, "max_cat_to_onehot": 1}, kinds)
write("categories one by one", mixed, target + category % 5, {**regression, "max_cat_to_onehot": 100}, kinds)

print(json.dumps({"xgboost": xgb.__version__, "cases": cases}))
