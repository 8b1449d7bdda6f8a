"""The peer of `npm run bench:drift`: KS by scipy.stats.ks_2samp and PSI by numpy, of rows read by pandas. Prints seconds, peak memory and what
it found as JSON. Debian 12: python3-scipy, python3-pandas; Parquet needs pyarrow, which Debian does not have."""
import json, resource, sys, time
import numpy as np
from scipy import stats


def psi(reference, current):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    edges = np.unique(edges)
    e = np.maximum(np.histogram(reference, edges)[0] / len(reference), 1e-4)
    a = np.maximum(np.histogram(current, edges)[0] / len(current), 1e-4)
    return float(((a - e) * np.log(a / e)).sum())


what, reference_path, current_path = sys.argv[1:4]
if what == "memory":
    reference, current = np.fromfile(reference_path), np.fromfile(current_path)
    started = time.perf_counter()
    found = f"{stats.ks_2samp(reference, current).statistic:.6f} PSI {psi(reference, current):.6f}"
else:
    started = time.perf_counter()
    import pandas
    try:
        read = pandas.read_csv if what == "csv" else pandas.read_parquet
        reference, current = read(reference_path), read(current_path)
    except ImportError as error:
        print(json.dumps({"absent": "pandas reads no Parquet here (pyarrow is not installed)"}))
        sys.exit(0)
    found = []
    for name in reference.columns:
        a, b = reference[name].to_numpy(), current[name].to_numpy()
        found.append(f"{stats.ks_2samp(a, b).statistic:.6f}")
        psi(a, b)
    found = " ".join(found)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "found": found}))
