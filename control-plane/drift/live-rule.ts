/**
 * The decision rule of live drift: the drift job's, but with more rows asked for. A day's window is small beside a training file, and the smaller a
 * sample is, the larger the PSI that chance alone gives it.
 *
 * Under no drift PSI / (1/n + 1/m) is about χ² with bins − 1 degrees of freedom (drift-job/statistics/psi.ts, psiOfNoise). With the default 10 bins
 * and the one for missing values that is χ² with 10; its 1 − 10⁻⁶ quantile is 46.9 (scipy 1.10.1, chi2.isf(1e-6, 10)). So chance reaches the
 * moderate level of 0.1 less than once in a million features from n = 469 rows on, m being larger, and with m = n from 938. KS needs 0.1 by
 * `ksMinimumEffect`, which chance exceeds at n = m = 1,000 with p = 9·10⁻⁵, and the correction for many features divides 0.05 by their number.
 */
import { DRIFT_RULE_DEFAULT, type DriftRule } from "../../contract/drift-rule.ts";

export const LIVE_ROWS_MIN = 1_000;

export const LIVE_DRIFT_RULE: DriftRule = { ...DRIFT_RULE_DEFAULT, minimumRows: LIVE_ROWS_MIN };
