/** A training job on the PRSA data beside the repository: hours before a month to fit, hours from it on to validate. The data itself is not committed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JOB_FILE, TRAINING_JOB_SCHEMA, type TrainingJob } from "../../contract/training-job.ts";

export const PRSA_DIRECTORY = join(import.meta.dirname, "../../../shared/data/prsa");

export const hasPrsa = existsSync(PRSA_DIRECTORY);

export const PRSA_FEATURES = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour"];

export interface PrsaJob {
  /** How many of the ten sites. */
  sites: number;
  /** First month of the validation, e.g. "2016-03". */
  from: string;
  parameters: TrainingJob["parameters"];
  seed: number;
}

/** Writes `job.json`, `fit.csv` and `validation.csv`. */
export function writePrsaJob(directory: string, { sites, from, parameters, seed }: PrsaJob): TrainingJob {
  const parts = { fit: [] as string[], validation: [] as string[] };
  let header = "";
  for (const file of readdirSync(PRSA_DIRECTORY).toSorted().slice(0, sites)) {
    const [first = "", ...lines] = readFileSync(join(PRSA_DIRECTORY, file), "utf8").trimEnd().split(/\r?\n/);
    header = first;
    for (const line of lines) {
      const [, year = "", month = ""] = line.split(",", 3);
      parts[`${year}-${month.padStart(2, "0")}` < from ? "fit" : "validation"].push(line);
    }
  }
  const part = (name: keyof typeof parts): TrainingJob["fit"] => {
    const path = `${name}.csv`;
    const text = `${[header, ...parts[name]].join("\n")}\n`;
    writeFileSync(join(directory, path), text);
    return { path, rows: parts[name].length, sha256: createHash("sha256").update(text).digest("hex") };
  };
  const job: TrainingJob = {
    schema: TRAINING_JOB_SCHEMA,
    model: "pm25_predictor",
    task: "regression",
    features: PRSA_FEATURES,
    label: "PM2.5",
    fit: part("fit"),
    validation: part("validation"),
    parameters,
    seed,
  };
  writeFileSync(join(directory, JOB_FILE), JSON.stringify(job, null, 2));
  return job;
}
