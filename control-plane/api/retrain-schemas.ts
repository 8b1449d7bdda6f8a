/** Bodies and answers of the retrain routes, with the types derived from them; the configuration's own is in retrain-config-schema.ts. Schemas only. */
import { z } from "@hono/zod-openapi";
import { modelName, sha256Hex, versionName } from "../../contract/names.ts";
import { MODEL_FILES, trainingMetrics } from "../../contract/training-job.ts";
import { RUN_STATES, RUN_STEPS } from "../retraining/run-state.ts";
import { AUTOMATIC_TRIGGERS } from "../retraining/triggers/decision.ts";
import { COMPARED_METRICS, retrainConfig } from "./retrain-config-schema.ts";
import { actor, PAGE_ROWS_MAX } from "./schemas.ts";

export const RUN_TRIGGERS = ["manual", ...AUTOMATIC_TRIGGERS] as const;
export const RUN_EVENTS = [
  "suggested",
  "queued",
  "accepted",
  "dismissed",
  "step_started",
  "step_finished",
  "resumed",
  "cancel_requested",
  "done",
  "rejected",
  "failed",
  "cancelled",
] as const;
const LOG_LINES_DEFAULT = 500;
export const LOG_LINES_PAGE_MAX = 5000;

const at = z.iso.datetime();
const reason = z.string().trim().min(1, "a reason is needed: it stays with the run").max(1000);
const metrics = z.record(z.string(), z.number());

// --- What each step finds; kept as the details of its `step_finished` event ---

const fetchedFile = z.object({ name: z.string(), bytes: z.int(), sha256: sha256Hex });
export const fetched = z.object({ files: z.array(fetchedFile) });

/** Rows of one part of the split, named by the digest of the very file that was trained, or measured, on. */
export const partOfData = z.object({ rows: z.int(), sha256: sha256Hex, from: at, to: at });
export const preprocessed = z.object({
  rowsRead: z.int(),
  /** Rows that no part has, by what dropped them. */
  dropped: z.record(z.string(), z.int()),
  fit: partOfData,
  validation: partOfData,
  holdout: partOfData.nullable(),
});
export const trained = z.object({
  artifact: z.enum(MODEL_FILES),
  sha256: sha256Hex,
  bytes: z.int(),
  trainer: trainingMetrics.shape.trainer,
  /** As the trainer measured them. */
  metrics,
  details: trainingMetrics.shape.details,
  seed: z.int(),
  durationMs: z.number(),
  memoryBytesMax: z.number(),
});
const COMPARED_ON = ["holdout", "validation"] as const;
/** Measured here, in the runtime that serves. */
export const evaluated = z.object({
  on: z.enum(COMPARED_ON),
  rows: z.int(),
  metrics,
  /** The production version on the same rows; null: nothing is in production. */
  production: z.object({ version: versionName, metrics }).nullable(),
  /** Of the difference, new less production, by a block bootstrap over these rows. */
  interval: z.object({ metric: z.string(), low: z.number(), high: z.number(), level: z.number() }).nullable(),
  /** Name of the model's one input. */
  input: z.string(),
});
export const compared = z.object({
  on: z.enum(COMPARED_ON),
  rows: z.int(),
  metric: z.enum(COMPARED_METRICS),
  candidate: z.number(),
  /** Null: nothing is in production to compare with. */
  production: z.object({ version: versionName, value: z.number() }).nullable(),
  improvementPercent: z.number().nullable(),
  improvementPercentMin: z.number(),
  isBetter: z.boolean(),
  sentence: z.string(),
});
export const registered = z.object({ version: versionName });

// --- Paths, queries, bodies ---

export const runPath = z.object({ id: z.coerce.number("a run's id is a whole number").int().positive() });
export const runsQuery = z.object({
  model: modelName.optional(),
  state: z.enum(RUN_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(50),
  before: z.coerce.number().int().positive().optional(),
});
export const logQuery = z.object({
  /** Lines after this one. */
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(LOG_LINES_PAGE_MAX).default(LOG_LINES_DEFAULT),
});
export const reasonBody = z.strictObject({ reason });
export const configureBody = z.strictObject({ config: retrainConfig, reason });

// --- Answers ---

export const configAnswer = z.object({
  model: modelName,
  revision: z.int(),
  config: retrainConfig,
  reason: z.string(),
  at,
  by: actor,
});
export const configsAnswer = z.object({ revisions: z.array(configAnswer) });

export const runSummary = z.object({
  id: z.int(),
  model: modelName,
  state: z.enum(RUN_STATES),
  trigger: z.enum(RUN_TRIGGERS),
  reason: z.string(),
  requestedBy: actor,
  createdAt: at,
  finishedAt: at.nullable(),
  outcome: z.string().nullable(),
  version: versionName.nullable(),
});
export const runEvent = z.object({
  at,
  kind: z.enum(RUN_EVENTS),
  step: z.enum(RUN_STEPS).nullable(),
  text: z.string(),
  details: z.record(z.string(), z.unknown()),
  by: z.string(),
});
export const runAnswer = runSummary.extend({
  evidence: z.record(z.string(), z.unknown()),
  configRevision: z.int(),
  resumes: z.int(),
  isCancelling: z.boolean(),
  /** Of the command that runs now. */
  progress: z.object({ done: z.int(), of: z.int(), note: z.string().nullable() }).nullable(),
  fetched: fetched.nullable(),
  preprocessed: preprocessed.nullable(),
  trained: trained.nullable(),
  evaluated: evaluated.nullable(),
  compared: compared.nullable(),
  /** Oldest first. */
  events: z.array(runEvent),
});
export const runsAnswer = z.object({ runs: z.array(runSummary), next: z.int().nullable() });
export const logAnswer = z.object({
  lines: z.array(z.object({ line: z.int(), at, step: z.enum(RUN_STEPS), text: z.string() })),
  /** No line follows: the run is over. */
  isComplete: z.boolean(),
});
/** What each trigger of a line would do now, and why. */
export const triggersAnswer = z.object({
  model: modelName,
  at,
  triggers: z.array(
    z.object({
      trigger: z.enum(AUTOMATIC_TRIGGERS),
      state: z.enum(["off", "quiet", "held", "fires"]),
      sentence: z.string(),
      because: z.record(z.string(), z.unknown()).nullable(),
    }),
  ),
});

export type RunTrigger = (typeof RUN_TRIGGERS)[number];
export type RunEventKind = (typeof RUN_EVENTS)[number];
export type Fetched = z.infer<typeof fetched>;
export type PartOfData = z.infer<typeof partOfData>;
export type Preprocessed = z.infer<typeof preprocessed>;
export type Trained = z.infer<typeof trained>;
export type Evaluated = z.infer<typeof evaluated>;
export type Compared = z.infer<typeof compared>;
export type Registered = z.infer<typeof registered>;
export type RunsQuery = z.infer<typeof runsQuery>;
export type ConfigAnswer = z.infer<typeof configAnswer>;
export type ConfigsAnswer = z.infer<typeof configsAnswer>;
export type RunSummary = z.infer<typeof runSummary>;
export type RunEvent = z.infer<typeof runEvent>;
export type RunAnswer = z.infer<typeof runAnswer>;
export type RunsAnswer = z.infer<typeof runsAnswer>;
export type LogAnswer = z.infer<typeof logAnswer>;
export type TriggersAnswer = z.infer<typeof triggersAnswer>;
