/** The two trainers that obey contract/training-job.ts, as processes: the built-in one and XGBoost's example, each on one thread. */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { METRICS_FILE, trainingMetrics, type TrainingMetrics } from "../../contract/training-job.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const PYTHON = "/usr/bin/python3";

export const hasXgboost = spawnSync(PYTHON, ["-c", "import xgboost, pandas"], { stdio: "ignore" }).status === 0;

const COMMANDS = {
  edgewise: [process.execPath, join(REPOSITORY, "control-plane/trainer/command.ts")],
  xgboost: [PYTHON, join(REPOSITORY, "examples/trainers/xgboost/train.py")],
} as const;

export type TrainerName = keyof typeof COMMANDS;

/** What the trainer measured, and the model that it left. Throws with the trainer's own words when it fails. */
export async function runTrainer(name: TrainerName, directory: string): Promise<{ record: TrainingMetrics; model: Buffer }> {
  const [program, script] = COMMANDS[name];
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  await promisify(execFile)(program, [script, directory], { env, maxBuffer: 64 * 1024 * 1024 });
  const record = trainingMetrics.parse(JSON.parse(readFileSync(join(directory, METRICS_FILE), "utf8")));
  return { record, model: readFileSync(join(directory, record.artifact)) };
}
