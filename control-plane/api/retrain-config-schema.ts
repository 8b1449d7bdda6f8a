/**
 * How a model line is retrained, as an admin configures it: data, split, trainer, limits, triggers. Schema and derived types only; what each
 * part does is in control-plane/retraining/. docs/retraining-plan.md explains it by examples.
 */
import { z } from "@hono/zod-openapi";
import { trainingJob } from "../../contract/training-job.ts";
import { scheduleProblem } from "../retraining/triggers/cron.ts";

/** What a trigger does when its condition holds. */
export const TRIGGER_MODES = ["off", "suggest", "run"] as const;
export const COMPARED_METRICS = ["rmse", "mae", "log_loss"] as const;
const DAYS_MAX = 36_500;

const column = z.string().min(1).max(256);
/** Program and parameters. No shell reads it, so nothing in it is expanded. */
const command = z.array(z.string().min(1).max(4096)).min(1).max(64);
/** Names of the server's variables that a command gets; the server must allow each of them (RETRAIN_ENVIRONMENT). */
const environment = z
  .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a variable's name is letters, digits and _"))
  .max(32)
  .default([]);

export const source = z.discriminatedUnion("kind", [
  /** Paths and globs below the server's RETRAIN_DATA_DIRECTORIES. */
  z.strictObject({ kind: z.literal("files"), files: z.array(z.string().min(1).max(1024)).min(1).max(64) }),
  /** Objects of the edge's R2 bucket. */
  z.strictObject({ kind: z.literal("r2"), prefix: z.string().min(1).max(512) }),
  /** Run in an empty directory, in which it leaves its files. */
  z.strictObject({ kind: z.literal("command"), command, environment }),
]);

/** When a row was measured. Times without a zone are UTC. */
export const time = z.union([
  z.strictObject({ column }),
  z.strictObject({
    parts: z.strictObject({ year: column, month: column, day: column, hour: column.optional(), minute: column.optional() }),
  }),
]);

export const preprocessStep = z.discriminatedUnion("step", [
  /** Rows without a value in one of the columns. */
  z.strictObject({ step: z.literal("drop_rows_without"), columns: z.array(column).min(1).max(64) }),
  /** Rows whose value is outside, or not a number; rows without a value stay. */
  z.strictObject({
    step: z.literal("drop_rows_outside"),
    column,
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  /** A new column from the row's time, in UTC: month 1 to 12, hour 0 to 23, weekday 0 (Sunday) to 6, day_of_year 1 to 366. */
  z.strictObject({ step: z.literal("derive"), column, from: z.enum(["month", "hour", "weekday", "day_of_year"]) }),
  z.strictObject({ step: z.literal("rename"), from: column, to: column }),
]);

const preprocess = z.union([
  z.array(preprocessStep).max(64),
  /** Run in a directory that holds the fetched files in `input/`; leaves its own in `output/`. */
  z.strictObject({ command, environment }),
]);

const parameters = trainingJob.shape.parameters;

export const trainer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("builtin"), parameters: parameters.default({}) }),
  /** Called as docs/trainers.md says: with the job's directory after the last parameter. */
  z.strictObject({ kind: z.literal("command"), command, environment, parameters: parameters.default({}) }),
]);

const mode = z.enum(TRIGGER_MODES);

export const triggers = z.strictObject({
  schedule: z
    .strictObject({
      mode: mode.default("off"),
      /** Five fields, default: at midnight of the 1st of each month. */
      cron: z.string().max(128).default("0 0 1 * *"),
      timeZone: z.string().max(64).default("UTC"),
    })
    .superRefine(({ cron, timeZone }, context) => {
      const problem = scheduleProblem(cron, timeZone);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem, path: ["cron"] });
    })
    .prefault({}),
  performance: z
    .strictObject({
      mode: mode.default("off"),
      /** Fires when the live RMSE is more than this over the version's baseline. */
      rmseIncreasePercentMax: z.number().min(0).max(10_000).default(10),
      /** Rows with a known truth that it takes to say anything. */
      feedbackMin: z.int().min(1).default(500),
      windowHours: z.int().min(1).max(8760).default(168),
    })
    .prefault({}),
  drift: z
    .strictObject({
      mode: mode.default("off"),
      /** Fires when a key feature's PSI is above it in a stored report. */
      psiMax: z.number().min(0).max(100).default(0.2),
      /** Default: every feature of the report. */
      keyFeatures: z.array(column).max(256).default([]),
    })
    .prefault({}),
});

const configObject = z.strictObject({
  source,
  time,
  /** By time, counted back from the newest row: the holdout, before it the validation rows, before them those to fit. */
  split: z.strictObject({
    windowDays: z.number().positive().max(DAYS_MAX),
    validationDays: z.number().positive().max(DAYS_MAX),
    /** Rows that the trainer never sees, on which versions are compared. 0: they are compared on the validation rows. */
    holdoutDays: z.number().min(0).max(DAYS_MAX).default(0),
  }),
  preprocess: preprocess.default([]),
  /** In the order of the model's input. */
  features: z.array(column).min(1).max(1024),
  label: column,
  weight: column.optional(),
  task: trainingJob.shape.task.default("regression"),
  seed: trainingJob.shape.seed.default(0),
  trainer: trainer.default({ kind: "builtin", parameters: {} }),
  compare: z
    .strictObject({
      /** Default: rmse for a regression, log_loss for a classification. */
      metric: z.enum(COMPARED_METRICS).optional(),
      /** By how much the new version must be better than production, on the same rows. */
      improvementPercentMin: z.number().min(0).max(100).default(0),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Of each command: fetching, preprocessing, training. */
      timeoutSeconds: z
        .int()
        .min(1)
        .max(7 * 86_400)
        .default(3600),
      /** Resident memory of a command with all that it starts. */
      memoryMib: z.int().min(64).max(1_048_576).default(4096),
      /** All that the run has on the disk. */
      diskMib: z.int().min(1).max(1_048_576).default(4096),
    })
    .prefault({}),
  triggers: triggers.prefault({}),
  /** After a run, how long no trigger but a person starts the next. */
  cooldownHours: z.number().min(0).max(8760).default(24),
});

/** Which metrics a task can be compared by; the first is the default. Lower is better for all of them. */
export const METRICS_OF_TASK = {
  regression: ["rmse", "mae"],
  binary_classification: ["log_loss"],
} as const satisfies Record<z.infer<typeof trainingJob>["task"], readonly ComparedMetric[]>;

export const retrainConfig = configObject.superRefine(({ features, label, weight, task, compare }, context) => {
  const repeated = features.find((name, at) => features.indexOf(name) !== at);
  if (repeated !== undefined) context.addIssue({ code: "custom", path: ["features"], message: `${repeated} is there twice` });
  const stray = [label, weight].find((name) => name !== undefined && features.includes(name));
  if (stray !== undefined)
    context.addIssue({
      code: "custom",
      path: ["features"],
      message: `${stray} cannot be a feature: it is the label or the weight`,
    });
  const allowed: readonly ComparedMetric[] = METRICS_OF_TASK[task];
  if (compare.metric !== undefined && !allowed.includes(compare.metric)) {
    const message = `a ${task} is compared by ${allowed.join(" or ")}, not by ${compare.metric}`;
    context.addIssue({ code: "custom", path: ["compare", "metric"], message });
  }
});

export type RetrainConfig = z.infer<typeof retrainConfig>;
export type RetrainSource = z.infer<typeof source>;
export type TimeColumns = z.infer<typeof time>;
export type PreprocessStep = z.infer<typeof preprocessStep>;
export type TriggerMode = (typeof TRIGGER_MODES)[number];
export type ComparedMetric = (typeof COMPARED_METRICS)[number];
