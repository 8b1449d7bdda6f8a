/** Registers the model the way every version is registered, with the run's reason and numbers. People and gates decide on the rest. */
import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PREDICTION } from "../../../contract/drift-reference.ts";
import { DRIFT_FEATURES_MAX } from "../../../contract/limits.ts";
import { versionNumber } from "../../../contract/names.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { failureAnswer } from "../../api/failure-answer.ts";
import type { ErrorModelFigures } from "../../api/error-model-schemas.ts";
import type { RegistrationMetadata, VersionAnswer } from "../../api/schemas.ts";
import { attachErrorModel } from "../../error-model/attach-error-model.ts";
import { registerVersion } from "../../registration/register.ts";
import type { Caller } from "../../registry/audit.ts";
import { findVersion } from "../../registry/versions.ts";
import type { GatheredReference } from "../../registration/reference-gatherer.ts";
import { fitReference } from "../data/fit-reference.ts";
import { exampleRows } from "../data/example-rows.ts";
import type { RunRow } from "../records/run-records.ts";
import type { StepFailure } from "../step-failure.ts";
import { assertUnchanged } from "./file-digest.ts";
import type { StepContext, StepOutcome } from "./step.ts";

/** Tag of a version that a run made. */
export const RUN_TAG = "retrain-run";
const EXAMPLE_ROWS = 16;
const DESCRIPTION_MAX = 4000;

export async function register(context: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { run, directory, results, tools } = context;
  const { trained } = results;
  if (!trained) throw new Error(`run ${run.id} registers before it has trained`);
  const path = join(directory.job, trained.artifact);
  const unchanged = await assertUnchanged(trained.artifact, path, trained.sha256);
  if (!unchanged.ok) return unchanged;
  const reference = await referenceOf(context);
  if (!reference.ok) return reference;
  const form = new FormData();
  form.set(
    "metadata",
    JSON.stringify({ ...(await metadataOf(context)), ...(reference.value && { reference: reference.value }) }),
  );
  form.set("artifact", await openAsBlob(path), trained.artifact);
  const request = new Request("http://localhost/", { method: "POST", body: form });
  const source = { contentType: request.headers.get("content-type") ?? undefined, body: request.body };
  const outcome = await registerVersion(tools.registration, callerOf(run), run.model, source);
  if (outcome.ok) return made(context, outcome.value);
  if (outcome.failure.reason === "version_exists") {
    // Registered by this run before it was cut off: the rest of the step was not written.
    const { version } = outcome.failure;
    const existing = await tools.registry.read((db) => findVersion(db, run.model, version));
    if (existing.ok && existing.value.tags[RUN_TAG] === String(run.id)) return made(context, existing.value);
  }
  return fail({ reason: "registration_failed", sentence: failureAnswer(outcome.failure).sentence });
}

// --- Not exported ---

async function made(context: StepContext, registered: VersionAnswer): Promise<Result<StepOutcome, StepFailure>> {
  const { version } = registered;
  const errorModel = await fitErrorModel(context, registered);
  // Without one the version is as good as any other: only its RMSE cannot be estimated before the truth comes.
  const estimated = errorModel.ok
    ? `its error model estimates RMSE ${errorModel.value.rmseEstimated.toPrecision(5)} where it was ${errorModel.value.rmse.toPrecision(5)}`
    : `without an error model: ${errorModel.failure}`;
  return succeed({
    move: "advance",
    text: `registered as ${version}, in staging: it waits for review and for the gates; ${estimated}`,
    details: { version },
    number: versionNumber(version),
  });
}

/** On the rows that the version was compared on: it was not fitted on them. Fails with a sentence. */
async function fitErrorModel(
  { run, config, directory, results, tools }: StepContext,
  { version, artifact, inputs, outputs }: VersionAnswer,
): Promise<Result<ErrorModelFigures, string>> {
  const { evaluated } = results;
  if (config.task !== "regression" || !evaluated) return fail("it is for versions that predict a number");
  const { files } = tools.registration;
  const fitted = await tools.fitErrorModel({
    version: { version, artifactPath: files.artifactPath(artifact.sha256), manifest: { inputs, outputs } },
    file: { path: directory.part(evaluated.on), format: "csv", isGzipped: false },
    label: config.label,
    seed: config.seed,
  });
  if (!fitted.ok) return fitted;
  const { onnx, figures } = fitted.value;
  const uploadId = randomUUID();
  const path = files.uploadPath(uploadId);
  try {
    await writeFile(path, onnx, { mode: 0o600 });
    const attached = await attachErrorModel(tools.registration, callerOf(run), {
      model: run.model,
      version,
      path,
      metadata: { source: `${evaluated.on} rows of retrain run ${run.id}`, artifactSha256: artifact.sha256, figures },
    });
    return attached.ok ? succeed(figures) : fail(failureAnswer(attached.failure).sentence);
  } finally {
    files.discardUpload(uploadId);
  }
}

const callerOf = ({ id }: RunRow): Caller => ({
  actor: { tokenId: "retrain", name: `retrain run ${id}` },
  requestId: `retrain-${id}`,
});

/** Of the rows that it was fitted on, so that its live traffic can be watched for drift. */
async function referenceOf({
  run,
  config,
  directory,
  results,
}: StepContext): Promise<Result<GatheredReference | undefined, StepFailure>> {
  const { preprocessed } = results;
  if (!preprocessed) throw new Error(`run ${run.id} registers before it has preprocessed`);
  // What registration would refuse as a reference is no reason to refuse the model.
  if (config.features.length >= DRIFT_FEATURES_MAX || config.features.includes(PREDICTION)) return succeed(undefined);
  const path = directory.part("fit");
  const unchanged = await assertUnchanged("fit.csv", path, preprocessed.fit.sha256);
  if (!unchanged.ok) return unchanged;
  const { from, to } = preprocessed.fit;
  const source = `fitting rows of retrain run ${run.id}, ${from} to ${to}`;
  return fitReference(path, { features: config.features, seed: config.seed, source });
}

async function metadataOf({ run, config, directory, results }: StepContext): Promise<RegistrationMetadata> {
  const { evaluated, compared, trained, preprocessed } = results;
  if (!evaluated || !compared || !trained || !preprocessed) throw new Error(`run ${run.id} registers before it has compared`);
  const description = [
    `Retrained: ${run.reason}.`,
    `${trained.trainer.name} ${trained.trainer.version}, fitted on ${preprocessed.fit.rows} rows from ${preprocessed.fit.from} to ${preprocessed.fit.to}.`,
    `${compared.sentence}.`,
  ].join(" ");
  return {
    description: description.slice(0, DESCRIPTION_MAX),
    tags: { [RUN_TAG]: String(run.id), "retrain-trigger": run.trigger },
    metrics: evaluated.metrics,
    sha256: trained.sha256,
    inputs: [{ name: evaluated.input, features: config.features, missing: "nan" }],
    examples: await exampleRows(directory.part("validation"), config.features, EXAMPLE_ROWS),
    stage: "staging",
  };
}
