"""Writes scores.oracle.json: what numpy and scipy give for the scores of this folder. Run by hand: python3 scores.oracle.py > scores.oracle.json"""
import json
import numpy
import scipy
from scipy.stats import mannwhitneyu

random = numpy.random.default_rng(20261125)
rows = 200
label = random.normal(50, 20, rows).round(3)
predicted = (label + random.normal(1, 5, rows)).round(3)
weight = random.integers(0, 4, rows).astype(float)
error = predicted - label
mean = numpy.average(label, weights=weight)
regression = {
    "rmse": float(numpy.sqrt(numpy.average(error**2, weights=weight))),
    "mae": float(numpy.average(numpy.abs(error), weights=weight)),
    "r2": float(1 - numpy.sum(weight * error**2) / numpy.sum(weight * (label - mean) ** 2)),
}
truth = random.integers(0, 2, rows)
# Rounded to two digits, so that there are ties.
score = numpy.clip(random.normal(0.4 + 0.2 * truth, 0.2), 0.01, 0.99).round(2)
positive, negative = score[truth == 1], score[truth == 0]
classification = {
    "accuracy": float(numpy.mean((score > 0.5) == truth)),
    "log_loss": float(-numpy.mean(truth * numpy.log(score) + (1 - truth) * numpy.log(1 - score))),
    "auc": float(mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative))),
}
print(json.dumps({
    "source": f"scores.oracle.py, numpy {numpy.__version__}, scipy {scipy.__version__}, seed 20261125",
    "regression": {"label": label.tolist(), "predicted": predicted.tolist(), "weight": weight.tolist(), "expected": regression},
    "classification": {"truth": truth.tolist(), "score": score.tolist(), "expected": classification},
}))
