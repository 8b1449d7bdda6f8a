/**
 * Writes examples/pm25/reference-v1.json and reference-v2.json from the data beside the repository: `node ops/example-figures/write-references.ts ../shared`.
 * Each is the distribution of the hours that its version was trained on (v1: before 2015-03, v2: before 2016-03; those with a PM2.5 reading), per feature
 * and of what the version predicts for them in the edge's own runtime. Counts and quantile edges only: no row of the data is in them.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { driftReference, PREDICTION, type DriftReference } from "../../contract/drift-reference.ts";
import type { ManifestInput, ManifestOutput } from "../../contract/manifest.ts";
import { openProbe } from "../../control-plane/inspection/probe.ts";
import { predictionReference } from "../../control-plane/inspection/reference-run.ts";
import { numericReference } from "../../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../../drift-job/statistics/sorted-sample.ts";

/** `node … <shared> v2` writes only v2's: the runtime holds one model a process. */
const VERSIONS = { v1: "2015-03", v2: "2016-03" } as const;
type Version = keyof typeof VERSIONS;

/** Measured by instruments, and so able to drift; month and hour only tell when a reading was taken. */
const CALENDAR = ["month", "hour"];

const [shared, version] = process.argv.slice(2) as [string | undefined, Version | undefined];
if (shared === undefined || version === undefined || !(version in VERSIONS)) {
  throw new Error("usage: node ops/example-figures/write-references.ts <folder with data/> v1|v2");
}
const { features } = JSON.parse(readFileSync("examples/pm25/examples.json", "utf8")) as { features: string[] };
const before = VERSIONS[version];
const rows = trainingRows(join(shared, "data/prsa"), before);

const path = `examples/pm25/reference-${version}.json`;
const reference: DriftReference = {
  rows: rows.length,
  source:
    `Hours before ${before} with a PM2.5 reading of the UCI Beijing Multi-Site Air-Quality data set (CC BY 4.0, ` +
    "https://doi.org/10.24432/C5RK5G), 10 sites. Made by ops/example-figures/write-references.ts. Figures only.",
  features: Object.fromEntries(features.map((name, column) => [name, referenceOf(rows.map((row) => row[column] ?? null))])),
  prediction: await predictions(version),
  keyFeatures: [...features.filter((name) => !CALENDAR.includes(name)), PREDICTION],
};
writeFileSync(path, `${JSON.stringify(driftReference.parse(reference), null, 1).replaceAll(/\[[^[\]{}]*\]/g, oneLine)}\n`);
console.log(`${path}: ${rows.length} rows`);

function trainingRows(folder: string, end: string): (number | null)[][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .toSorted()
    .flatMap((name) => {
      const read: Record<string, string>[] = parse(readFileSync(join(folder, name)), { columns: true });
      return read
        .filter((row) => `${row["year"]}-${String(row["month"]).padStart(2, "0")}` < end && row["PM2.5"] !== "NA")
        .map((row) => features.map((feature) => (row[feature] === "NA" ? null : Number(row[feature]))));
    });
}

function referenceOf(values: (number | null)[]): DriftReference["features"][string] {
  const present = Float64Array.from(values.filter((value) => value !== null));
  return numericReference(sortSample(present), values.length - present.length);
}

async function predictions(of: Version): Promise<DriftReference["prediction"]> {
  const probe = await openProbe(new Uint8Array(readFileSync(`examples/pm25/pm25-${of}.onnx`)));
  if (!probe.ok) throw new Error(`the model does not load: ${probe.failure.reason}`);
  const input: ManifestInput = { name: "features", datatype: "FP32", shape: [-1, features.length], features, missing: "nan" };
  const output: ManifestOutput = { name: "pm25", datatype: "FP32", shape: [-1, 1] };
  const made = await predictionReference(probe.value, [input], [output], rows);
  if (!made.ok || !made.value) throw new Error("the model does not predict the rows");
  return made.value;
}

function oneLine(list: string): string {
  return list.replaceAll(/\s+/g, " ");
}
