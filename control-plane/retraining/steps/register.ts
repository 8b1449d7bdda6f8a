/** Registers the model the way every version is registered, with the run's reason and numbers. People and gates decide on the rest. */
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { versionNumber } from "../../../contract/names.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { failureAnswer } from "../../api/failure-answer.ts";
import type { RegistrationMetadata } from "../../api/schemas.ts";
import { registerVersion } from "../../registration/register.ts";
import type { Caller } from "../../registry/audit.ts";
import { findVersion } from "../../registry/versions.ts";
import { exampleRows } from "../data/example-rows.ts";
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
  const form = new FormData();
  form.set("metadata", JSON.stringify(await metadataOf(context)));
  form.set("artifact", await openAsBlob(path), trained.artifact);
  const request = new Request("http://localhost/", { method: "POST", body: form });
  const source = { contentType: request.headers.get("content-type") ?? undefined, body: request.body };
  const caller: Caller = { actor: { tokenId: "retrain", name: `retrain run ${run.id}` }, requestId: `retrain-${run.id}` };
  const outcome = await registerVersion(tools.registration, caller, run.model, source);
  if (outcome.ok) return made(outcome.value.version);
  if (outcome.failure.reason === "version_exists") {
    // Registered by this run before it was cut off: the rest of the step was not written.
    const { version } = outcome.failure;
    const existing = await tools.registry.read((db) => findVersion(db, run.model, version));
    if (existing.ok && existing.value.tags[RUN_TAG] === String(run.id)) return made(version);
  }
  return fail({ reason: "registration_failed", sentence: failureAnswer(outcome.failure).sentence });
}

// --- Not exported ---

const made = (version: string) =>
  succeed<StepOutcome>({
    move: "advance",
    text: `registered as ${version}, in staging: it waits for review and for the gates`,
    details: { version },
    number: versionNumber(version),
  });

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
