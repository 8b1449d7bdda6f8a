/** Trains what a job directory asks for and leaves the model and its metrics there (contract/training-job.ts). Files around boost.ts; no process, no output. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  JOB_FILE,
  METRICS_FILE,
  TRAINING_JOB_SCHEMA,
  trainingJob,
  trainingMetrics,
  type TrainingJob,
  type TrainingMetrics,
} from "../../contract/training-job.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { readJsonFile } from "../json-file.ts";
import { boosting, type Round } from "./boost.ts";
import { boostedOnnx, TRAINER_NAME, TRAINER_VERSION } from "./boosted-onnx.ts";
import { readCsvTable, type ReadTable } from "./csv-table.ts";
import type { TrainingFailure } from "./failure.ts";
import { lossOf } from "./loss.ts";
import { readParameters } from "./parameters.ts";

const MODEL_FILE = "model.onnx";

export interface JobHooks {
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  onTables: (fitRows: number, validationRows: number) => void;
  onRound: (round: Round) => void;
}

export async function trainJob(
  directory: string,
  { monotonicMs, onTables, onRound }: JobHooks,
): Promise<Result<TrainingMetrics, TrainingFailure>> {
  const job = await readJob(join(directory, JOB_FILE));
  if (!job.ok) return job;
  const { task, features, seed } = job.value;
  const parameters = readParameters(job.value.parameters, job.value);
  if (!parameters.ok) return parameters;
  const fit = await readPart(directory, job.value, "fit");
  if (!fit.ok) return fit;
  const validation = await readPart(directory, job.value, "validation");
  if (!validation.ok) return validation;
  onTables(fit.value.table.rows, validation.value.table.rows);
  const startMs = monotonicMs();
  const rounds = boosting({ fit: fit.value.table, validation: validation.value.table, task, parameters: parameters.value, seed });
  let next = rounds.next();
  for (; !next.done; next = rounds.next()) onRound(next.value);
  const boosted = next.value;
  const metrics = trainingMetrics.parse({
    schema: TRAINING_JOB_SCHEMA,
    artifact: MODEL_FILE,
    trainer: { name: TRAINER_NAME, version: TRAINER_VERSION },
    metrics: boosted.metrics,
    details: {
      features: features.length,
      fit_rows: fit.value.table.rows,
      validation_rows: validation.value.table.rows,
      rows_without_label: withoutLabel(fit.value) + withoutLabel(validation.value),
      rounds_run: boosted.rounds.run,
      rounds_kept: boosted.rounds.kept,
      training_seconds: Math.round(monotonicMs() - startMs) / 1000,
    },
  });
  // The metrics last: where they are, the model is whole.
  for (const [file, content] of [
    [MODEL_FILE, boostedOnnx(boosted)],
    [METRICS_FILE, `${JSON.stringify(metrics, null, 2)}\n`],
  ] as const) {
    const path = join(directory, file);
    try {
      await writeFile(path, content);
    } catch (error) {
      return fail({ reason: "file_unwritable", path, detail: (error as Error).message });
    }
  }
  return succeed(metrics);
}

const withoutLabel = ({ rowsRead, table }: ReadTable): number => rowsRead - table.rows;

async function readJob(path: string): Promise<Result<TrainingJob, TrainingFailure>> {
  const json = await readJsonFile(path);
  if (!json.ok) return fail(json.failure.reason === "file_invalid" ? { ...json.failure, reason: "job_invalid" } : json.failure);
  const parsed = trainingJob.safeParse(json.value);
  return parsed.success ? succeed(parsed.data) : fail({ reason: "job_invalid", path, detail: z.prettifyError(parsed.error) });
}

async function readPart(
  directory: string,
  job: TrainingJob,
  part: "fit" | "validation",
): Promise<Result<ReadTable, TrainingFailure>> {
  const path = join(directory, job[part].path);
  const read = await readCsvTable(path, job, lossOf(job.task).refuse);
  if (!read.ok) return read;
  const { rowsRead } = read.value;
  return rowsRead === job[part].rows ? read : fail({ reason: "rows_differ", path, rows: rowsRead, expected: job[part].rows });
}
