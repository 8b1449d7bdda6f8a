/** The model that has grown old: trained by the built-in trainer on the year before 2014-03, every fifth day set aside to measure its baseline. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JOB_FILE, METRICS_FILE, TRAINING_JOB_SCHEMA, trainingMetrics } from "../../contract/training-job.ts";
import { FEATURES, LABEL, readHours, type Hour } from "./prsa-hours.ts";

const FROM = new Date("2013-03-01T00:00:00Z");
const TO = new Date("2014-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const SET_ASIDE_EVERY_DAYS = 5;
const REPOSITORY = join(import.meta.dirname, "../..");

export interface FirstModel {
  artifactPath: string;
  /** On the days set aside. */
  metrics: Record<string, number>;
  examples: (number | null)[][];
  rows: number;
}

export async function trainFirstModel(
  folder: string,
  directory: string,
  model: string,
  parameters: Record<string, number>,
): Promise<FirstModel> {
  mkdirSync(directory, { recursive: true });
  const hours = await readHours(folder, FROM, TO);
  const part = (name: string, isWanted: (hour: Hour) => boolean) => {
    const readings = hours.filter(isWanted).flatMap((hour) => hour.readings);
    const lines = readings.map(({ instance, truth }) => [...instance.map((value) => value ?? ""), truth].join(","));
    const text = `${[...FEATURES, LABEL].join(",")}\n${lines.join("\n")}\n`;
    writeFileSync(join(directory, name), text);
    return { path: name, rows: readings.length, sha256: createHash("sha256").update(text).digest("hex") };
  };
  const fit = part("fit.csv", (hour) => !isSetAside(hour));
  const validation = part("validation.csv", isSetAside);
  const job = {
    schema: TRAINING_JOB_SCHEMA,
    model,
    task: "regression",
    features: FEATURES,
    label: LABEL,
    fit,
    validation,
    parameters,
    seed: 1,
  };
  writeFileSync(join(directory, JOB_FILE), JSON.stringify(job));
  execFileSync(process.execPath, [join(REPOSITORY, "control-plane/trainer/command.ts"), directory], { stdio: "ignore" });
  const { artifact, metrics } = trainingMetrics.parse(JSON.parse(readFileSync(join(directory, METRICS_FILE), "utf8")));
  const examples = hours.slice(0, 4).flatMap(({ readings }) => readings.map(({ instance }) => instance));
  return { artifactPath: join(directory, artifact), metrics, examples: examples.slice(0, 16), rows: fit.rows };
}

const isSetAside = ({ at }: Hour): boolean => Math.floor(at.getTime() / DAY_MS) % SET_ASIDE_EVERY_DAYS === 0;
