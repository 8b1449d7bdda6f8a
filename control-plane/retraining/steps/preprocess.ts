/** Makes the fetched files into the parts of the split: by the configuration's command first, where it names one, then by its named steps. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { preprocessed, type Preprocessed } from "../../api/retrain-schemas.ts";
import type { DataFailure } from "../data/data-failure.ts";
import type { PreprocessJob } from "../data/preprocess-data.ts";
import { DATA_FILE_ENDINGS, isDataFile } from "../data/read-rows.ts";
import type { StepFailure } from "../step-failure.ts";
import { assertUnchanged } from "./file-digest.ts";
import type { StepContext, StepOutcome } from "./step.ts";

const ENTRY = fileURLToPath(new URL("../data/preprocess-process.ts", import.meta.url));
const HEAP_MIB_MAX = 512;

export async function preprocess(context: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { config, directory, tools, results } = context;
  for (const { name, sha256 } of results.fetched?.files ?? []) {
    const unchanged = await assertUnchanged(name, join(directory.fetched, name), sha256);
    if (!unchanged.ok) return unchanged;
  }
  directory.empty(directory.job);
  let rows = directory.fetched;
  if (!Array.isArray(config.preprocess)) {
    const ran = await runPreprocessCommand(context, config.preprocess);
    if (!ran.ok) return ran;
    rows = directory.commandOutput;
  }
  const files = readdirSync(rows).filter(isDataFile).toSorted();
  if (files.length === 0) return fail({ reason: "no_data_files", allowed: DATA_FILE_ENDINGS.map((ending) => `*${ending}`) });
  const { time, split, features, label, weight, task } = config;
  const job: PreprocessJob = {
    config: { time, split, features, label, weight, task, preprocess: Array.isArray(config.preprocess) ? config.preprocess : [] },
    directory: rows,
    files,
    nowMs: tools.now().getTime(),
    parts: { fit: directory.part("fit"), validation: directory.part("validation"), holdout: directory.part("holdout") },
  };
  const outcome = await runJob(context, job);
  if (!outcome.ok) return outcome;
  const { fit, validation, holdout } = outcome.value;
  const parts = [`${fit.rows} to fit`, `${validation.rows} to validate`, ...(holdout ? [`${holdout.rows} held out`] : [])];
  return succeed({ move: "advance", text: `rows: ${parts.join(", ")}`, details: outcome.value });
}

// --- Not exported ---

async function runJob({ command, directory }: StepContext, job: PreprocessJob): Promise<Result<Preprocessed, StepFailure>> {
  const jobFile = directory.scratch("preprocess-job.json");
  const outcomeFile = directory.scratch("preprocess-outcome.json");
  for (const path of [...Object.values(job.parts), jobFile, outcomeFile]) directory.discard(path);
  writeFileSync(jobFile, JSON.stringify(job), { mode: 0o600 });
  const ran = await command("preprocessing", {
    argv: [process.execPath, `--max-old-space-size=${HEAP_MIB_MAX}`, ENTRY, jobFile, outcomeFile],
    environment: [],
    workingDirectory: directory.path,
  });
  if (!ran.ok) return ran;
  const outcome = JSON.parse(readFileSync(outcomeFile, "utf8")) as Result<unknown, DataFailure>;
  return outcome.ok ? succeed(preprocessed.parse(outcome.value)) : outcome;
}

async function runPreprocessCommand(
  { command, directory, results }: StepContext,
  given: { command: readonly string[]; environment: readonly string[] },
): Promise<Result<unknown, StepFailure>> {
  for (const path of [directory.commandInput, directory.commandOutput]) directory.empty(path);
  // Copies: what was fetched stays as it was recorded, whatever the command does to its input.
  for (const { name } of results.fetched?.files ?? [])
    copyFileSync(join(directory.fetched, name), join(directory.commandInput, name));
  return command("preprocess", {
    argv: given.command,
    environment: given.environment,
    workingDirectory: join(directory.commandInput, ".."),
  });
}
