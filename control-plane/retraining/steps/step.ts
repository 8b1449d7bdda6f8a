/** What a step of a run is given and what it answers. Types only; the steps are beside, and the runner calls them in order. */
import type { Result } from "../../../contract/result.ts";
import type { RetrainConfig } from "../../api/retrain-config-schema.ts";
import type { DataStorage } from "../../cloudflare/edge-storage.ts";
import type { FittedErrorModel } from "../../error-model/fit-error-model.ts";
import type { FitJob } from "../../error-model/run-fit.ts";
import type { EvaluationJob, EvaluationOutcome } from "../../evaluation/evaluation-outcome.ts";
import type { Gap } from "../../gates/evidence.ts";
import type { RegistrationTools } from "../../registration/register.ts";
import type { Registry } from "../../registry/database.ts";
import type { RunRow } from "../records/run-records.ts";
import type { StepResults } from "../records/run-answer.ts";
import type { RunDirectory } from "../run-directory.ts";
import type { ServerPolicy } from "../server-policy.ts";
import type { CommandName, StepFailure } from "../step-failure.ts";

export interface StepTools {
  registry: Registry;
  registration: RegistrationTools;
  storage: DataStorage;
  /** Scores versions on a file of rows, in the runtime that serves. */
  evaluate: (job: EvaluationJob) => Promise<Result<EvaluationOutcome, Gap>>;
  /** Fits a version's error model on a file of rows. */
  fitErrorModel: (job: FitJob) => Promise<Result<FittedErrorModel, string>>;
  policy: ServerPolicy;
  now: () => Date;
}

export interface StepContext {
  run: RunRow;
  config: RetrainConfig;
  /** Of the steps before. */
  results: StepResults;
  directory: RunDirectory;
  tools: StepTools;
  signal: AbortSignal;
  /** Runs a command of the run within its limits; its output becomes the run's log. */
  command: (what: CommandName, command: StepCommand) => Promise<Result<CommandUse, StepFailure>>;
}

export interface StepCommand {
  argv: readonly string[];
  workingDirectory: string;
  /** Names of the server's variables. */
  environment: readonly string[];
}

export interface CommandUse {
  durationMs: number;
  memoryBytesMax: number;
}

export interface StepOutcome {
  move: "advance" | "reject";
  text: string;
  /** What the step found, by its schema in api/retrain-schemas.ts. */
  details: Record<string, unknown>;
  /** The version that was made. */
  number?: number;
}

export type Step = (context: StepContext) => Promise<Result<StepOutcome, StepFailure>>;
