/** One side of `npm run bench:drift`: KS and PSI of one feature whose doubles are in memory; times the statistics only. */
import { readFileSync } from "node:fs";
import { DRIFT_RULE_DEFAULT } from "../../contract/drift-rule.ts";
import { psiOfFeature } from "../../drift-job/statistics/psi.ts";
import { countIntoCells, numericReference } from "../../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../../drift-job/statistics/sorted-sample.ts";
import { twoSampleKs } from "../../drift-job/statistics/two-sample-ks.ts";

const doubles = (path: string): Float64Array => {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
};
const [, , referencePath = "", currentPath = ""] = process.argv;
const reference = doubles(referencePath);
const current = doubles(currentPath);

const startedMs = performance.now();
const a = sortSample(reference);
const b = sortSample(current);
const { statistic } = twoSampleKs(a, b);
const cells = numericReference(a, 0);
const { psi } = psiOfFeature(cells, countIntoCells(cells, b, 0), DRIFT_RULE_DEFAULT.psiBins, DRIFT_RULE_DEFAULT.psiFloor);
const seconds = (performance.now() - startedMs) / 1000;
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, peakMiB, found: `${statistic.toFixed(6)} PSI ${psi.toFixed(6)}` }));
