/** What the exit code of a drift command says when it is asked to speak of drift (--fail-on-drift). */
import type { DriftReport } from "../contract/drift-report.ts";

export const EXIT_DRIFT = 3;
export const EXIT_NOTHING_JUDGED = 4;

export function exitCodeOf({ drift_detected: driftDetected, features }: DriftReport): number {
  if (driftDetected) return EXIT_DRIFT;
  return Object.values(features).every(({ drift_detected: isDrifted }) => isDrifted === null) ? EXIT_NOTHING_JUDGED : 0;
}
