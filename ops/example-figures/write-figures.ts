/**
 * Writes examples/pm25/readings.json and examples/pm25/examples.json from the data and the XGBoost models beside the repository:
 * `node ops/example-figures/write-figures.ts ../shared`. What it writes is figures computed from the data, never its rows: the
 * example rows are made up from the distributions, and their predictions come from the XGBoost trees, once those have given
 * XGBoost's own predictions bit for bit.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { seededRandom } from "../../control-plane/cli/traffic/random.ts";
import { readingDictionary, readingSource, type ReadingDictionary } from "../../control-plane/cli/traffic/readings.ts";
import { readingFigures, type FeatureForm, type HourlyRecord } from "./reading-figures.ts";
import { parseXgboostModel, predictRow } from "./xgboost-trees.ts";

const FORMS: FeatureForm[] = [
  { name: "PM10", step: 1 },
  { name: "SO2", step: 1 },
  { name: "NO2", step: 1 },
  { name: "CO", step: 100 },
  { name: "O3", step: 1 },
  { name: "TEMP", step: 0.1 },
  { name: "PRES", step: 0.1 },
  { name: "DEWP", step: 0.1 },
  { name: "RAIN", step: 0.1 },
  { name: "WSPM", step: 0.1 },
];
const EXAMPLE_ROWS = 32;
/** Of the example rows, how many lack a value: far more than in life, so that every model's missing branches are tried. */
const EXAMPLE_ROWS_INCOMPLETE = 14;
const EXAMPLE_SEED = 1;
const VERSIONS = ["v1", "v2"];
const SOURCE =
  "Computed from the UCI Beijing Multi-Site Air-Quality data set (CC BY 4.0, https://doi.org/10.24432/C5RK5G), " +
  "10 sites, hourly, 2013-03 to 2017-02, by ops/example-figures/write-figures.ts. Figures only: no row of the data is in here.";

const golden = z.object({
  features: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())),
  expected: z.record(z.string(), z.array(z.number())),
});

const shared = process.argv[2];
if (shared === undefined) throw new Error("usage: node ops/example-figures/write-figures.ts <folder with data/ and models/>");

const dictionary = readingDictionary.parse({
  schema: 1,
  description: "Distributions of hourly air-quality readings in Beijing, for made-up traffic.",
  source: SOURCE,
  ...readingFigures(readRecords(join(shared, "data/prsa")), FORMS),
});
writeJson("examples/pm25/readings.json", dictionary);
writeJson("examples/pm25/examples.json", exampleRows(join(shared, "models/pm25"), dictionary));

function readRecords(folder: string): HourlyRecord[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .toSorted()
    .flatMap((name) => {
      const rows: Record<string, string>[] = parse(readFileSync(join(folder, name)), { columns: true });
      return rows.map((row) => ({
        month: Number(row["month"]),
        hour: Number(row["hour"]),
        values: FORMS.map((form) => (row[form.name] === "NA" ? null : Number(row[form.name]))),
      }));
    });
}

function exampleRows(folder: string, dictionary: ReadingDictionary): unknown {
  const { features, rows, expected } = golden.parse(
    JSON.parse(readFileSync(join(folder, "golden.json"), "utf8").replaceAll("NaN", "null")),
  );
  const instances = madeUpRows(features, dictionary);
  const predictions = VERSIONS.map((version) => {
    const model = parseXgboostModel(readFileSync(join(folder, `pm25-${version}.xgb.json`), "utf8"));
    for (const [at, row] of rows.entries()) {
      const got = predictRow(model, row);
      if (got !== expected[version]?.[at])
        throw new Error(`${version} row ${at}: ${got}, XGBoost gave ${expected[version]?.[at]}`);
    }
    return [version, instances.map((row) => predictRow(model, row))];
  });
  return { features, instances, predictions: Object.fromEntries(predictions) };
}

function madeUpRows(features: readonly string[], dictionary: ReadingDictionary): (number | null)[][] {
  const nextReading = readingSource(dictionary, seededRandom(EXAMPLE_SEED));
  const complete: (number | null)[][] = [];
  const incomplete: (number | null)[][] = [];
  while (complete.length + incomplete.length < EXAMPLE_ROWS) {
    const reading = nextReading();
    const row = features.map((feature) => reading[feature] ?? null);
    if (!row.includes(null)) {
      if (complete.length < EXAMPLE_ROWS - EXAMPLE_ROWS_INCOMPLETE) complete.push(row);
    } else if (incomplete.length < EXAMPLE_ROWS_INCOMPLETE) incomplete.push(row);
  }
  return [...complete, ...incomplete];
}

/** One line for each innermost list, so that a difference can be read. */
function writeJson(path: string, value: unknown): void {
  const indented = JSON.stringify(value, null, 2).replaceAll(/\[[^[\]{}]*\]/g, (list) => list.replaceAll(/\s+/g, " "));
  writeFileSync(path, `${indented}\n`);
}
