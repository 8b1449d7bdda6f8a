/** Writes the job, runs the trainer in its directory, and reads what it left (contract/training-job.ts). Judges nothing of the model. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import {
  MODEL_FILES,
  TRAINING_JOB_SCHEMA,
  trainingJob,
  trainingMetrics,
  type TrainingMetrics,
} from "../../../contract/training-job.ts";
import { issuesSentence } from "../../api/failure-answer.ts";
import type { Trained } from "../../api/retrain-schemas.ts";
import type { StepFailure } from "../step-failure.ts";
import { assertUnchanged, fileDigest } from "./file-digest.ts";
import type { StepCommand, StepContext, StepOutcome } from "./step.ts";

const BUILTIN = fileURLToPath(new URL("../../trainer/command.ts", import.meta.url));
const METRICS_BYTES_MAX = 1024 * 1024;
const MIB = 1024 ** 2;

export async function train(context: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { run, config, directory, results, tools } = context;
  const data = results.preprocessed;
  if (!data) throw new Error(`run ${run.id} trains before it has preprocessed`);
  for (const part of ["fit", "validation"] as const) {
    const unchanged = await assertUnchanged(`${part}.csv`, directory.part(part), data[part].sha256);
    if (!unchanged.ok) return unchanged;
  }
  for (const name of [...MODEL_FILES, "metrics.json"]) directory.discard(join(directory.job, name));
  const { features, label, weight, task, seed, trainer } = config;
  const job = trainingJob.parse({
    schema: TRAINING_JOB_SCHEMA,
    model: run.model,
    task,
    features,
    label,
    weight,
    fit: { path: "fit.csv", rows: data.fit.rows, sha256: data.fit.sha256 },
    validation: { path: "validation.csv", rows: data.validation.rows, sha256: data.validation.sha256 },
    parameters: trainer.parameters,
    seed,
  });
  writeFileSync(directory.jobFile, JSON.stringify(job, null, 2), { mode: 0o600 });
  const ran = await context.command("trainer", trainerCommand(context));
  if (!ran.ok) return ran;
  const metrics = readMetrics(directory.metricsFile);
  if (!metrics.ok) return metrics;
  const { artifact } = metrics.value;
  const path = join(directory.job, artifact);
  const bytesMax = tools.registration.artifactBytesMax;
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return fail({ reason: "model_absent", artifact });
  // XGBoost's own JSON is several times what it becomes: its size is judged once it is converted.
  if (artifact === "model.onnx" && bytes > bytesMax) return fail({ reason: "model_too_large", bytes, bytesMax });
  const digest = await fileDigest(path);
  if (!digest) return fail({ reason: "model_absent", artifact });
  const trained: Trained = {
    artifact,
    ...digest,
    trainer: metrics.value.trainer,
    metrics: metrics.value.metrics,
    details: metrics.value.details,
    seed,
    ...ran.value,
  };
  const shown = Object.entries(trained.metrics).map(([name, value]) => `${name} ${value.toPrecision(5)}`);
  const text = `${trained.trainer.name} ${trained.trainer.version}: ${shown.join(", ")} by its own account`;
  return succeed({ move: "advance", text, details: { ...trained } });
}

// --- Not exported ---

function trainerCommand({ config: { trainer, limits }, directory }: StepContext): StepCommand {
  const workingDirectory = directory.job;
  if (trainer.kind === "command")
    return { argv: [...trainer.command, directory.job], environment: trainer.environment, workingDirectory };
  const heapMib = Math.max(64, Math.floor(limits.memoryMib * 0.8));
  const argv = [process.execPath, `--max-old-space-size=${heapMib}`, BUILTIN, directory.job];
  return { argv, environment: [], workingDirectory };
}

function readMetrics(path: string): Result<TrainingMetrics, StepFailure> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile()) return fail({ reason: "metrics_absent" });
  if (status.size > METRICS_BYTES_MAX)
    return fail({ reason: "metrics_invalid", detail: `it has ${(status.size / MIB).toFixed(1)} MiB` });
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return fail({ reason: "metrics_invalid", detail: (error as Error).message });
  }
  const parsed = trainingMetrics.safeParse(json);
  if (parsed.success) return succeed(parsed.data);
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return fail({ reason: "metrics_invalid", detail: issuesSentence(issues) });
}
