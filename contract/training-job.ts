/**
 * What a trainer command is given and what it leaves behind: the contract between the retraining pipeline and any program that trains. Schemas and
 * file names only; docs/trainers.md tells the same to a person who writes a trainer.
 *
 * The command is started as `COMMAND… DIRECTORY`. DIRECTORY holds `job.json` and the two data files that it names. The command leaves one model
 * file and `metrics.json` in DIRECTORY and ends with exit code 0; any other end is a failed run. What it prints is kept as the run's log.
 */
import * as z from "zod";
import { modelName, sha256Hex } from "./names.ts";

export const TRAINING_JOB_SCHEMA = 1;
export const JOB_FILE = "job.json";
export const METRICS_FILE = "metrics.json";
/** ONNX, or XGBoost's own JSON or UBJSON model file, which registration converts. */
export const MODEL_FILES = ["model.onnx", "model.json", "model.ubj"] as const;

/** A plain name: the file lies in the job's directory itself, so a job cannot point anywhere else. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "a file name without a path");
const columnName = z.string().min(1).max(256);

/** RFC 4180 CSV in UTF-8 with a header; an empty cell, NA or NaN is missing. Columns that the job does not name are to be ignored. */
const dataFile = z.strictObject({
  path: fileName,
  rows: z.int().positive(),
  /** Of the file's bytes: the rows that a model came from are named by it in the run's record. */
  sha256: sha256Hex,
});

export const trainingJob = z
  .strictObject({
    schema: z.literal(TRAINING_JOB_SCHEMA),
    model: modelName,
    /** binary_classification: the label is 0 or 1, and the model's output the probability of 1. */
    task: z.enum(["regression", "binary_classification"]),
    /** The model's input columns in order: one float32 tensor `[rows, features]`, NaN where a value is missing. */
    features: z.array(columnName).min(1).max(4096),
    label: columnName,
    /** A column of row weights, not negative. */
    weight: columnName.optional(),
    /** What the model learns from. */
    fit: dataFile,
    /** What it is measured on, and what early stopping may look at; later than `fit` where the data is split by time. */
    validation: dataFile,
    /** The trainer's own. One that it does not know is an error of the trainer, never ignored. */
    parameters: z.record(z.string().min(1).max(64), z.union([z.number(), z.string().max(256), z.boolean()])),
    /** The same job and seed shall give the same model bytes. */
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  })
  .refine(({ features }) => new Set(features).size === features.length, { path: ["features"], error: "a feature is there twice" })
  .refine(({ features, label, weight }) => !features.includes(label) && (weight === undefined || !features.includes(weight)), {
    path: ["features"],
    error: "the label or the weight is among the features",
  });

export const trainingMetrics = z.strictObject({
  schema: z.literal(TRAINING_JOB_SCHEMA),
  /** Which of MODEL_FILES was written. */
  artifact: z.enum(MODEL_FILES),
  trainer: z.strictObject({ name: z.string().min(1).max(64), version: z.string().min(1).max(64) }),
  /** On the validation rows: `rmse` and `mae` for a regression, `log_loss` and `accuracy` for a classification, and what else was measured. */
  metrics: z.record(z.string().min(1).max(64), z.number()),
  /** How the training went, for the reader: rounds, the best one, seconds. */
  details: z.record(z.string().min(1).max(64), z.union([z.number(), z.string().max(1024)])).optional(),
});

/** A line of standard output that is this record as JSON moves the run's progress bar; every other line is log. */
export const trainingProgress = z.strictObject({
  progress: z.strictObject({ done: z.int().min(0), of: z.int().positive() }),
  note: z.string().max(200).optional(),
});

export type TrainingJob = z.infer<typeof trainingJob>;
export type TrainingMetrics = z.infer<typeof trainingMetrics>;
export type TrainingProgress = z.infer<typeof trainingProgress>;

/** The progress that a line of a trainer's output tells of; undefined for a line of log. */
export function readProgress(line: string): TrainingProgress | undefined {
  if (!line.startsWith('{"progress"')) return undefined;
  try {
    return trainingProgress.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
