/**
 * Measures the trained model, and the production version beside it, on the rows set aside: inspected as at registration, scored as by the gates,
 * in the runtime that serves. What the trainer says of its model counts for nothing here.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { ManifestInput } from "../../../contract/manifest.ts";
import { manifest as manifestSchema } from "../../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { Evaluated } from "../../api/retrain-schemas.ts";
import type { EvaluatedVersion } from "../../evaluation/evaluation-outcome.ts";
import { gapSentence } from "../../gates/gap-sentence.ts";
import type { Inspection } from "../../inspection/inspection.ts";
import { refusalSentence } from "../../registration/refusal-sentence.ts";
import { productionRow } from "../../gates/current-evidence.ts";
import type { VersionRow } from "../../registry/versions.ts";
import type { StepFailure } from "../step-failure.ts";
import { assertUnchanged } from "./file-digest.ts";
import type { StepContext, StepOutcome } from "./step.ts";

const CANDIDATE = "candidate";
const INSPECTION_TIMEOUT_MS = 120_000;
/** Of the interval of the difference: the same rows give the same interval. */
const BOOTSTRAP_SEED = 6;

export async function evaluate(context: StepContext): Promise<Result<StepOutcome, StepFailure>> {
  const { run, config, directory, results, tools } = context;
  const { trained, preprocessed } = results;
  if (!trained || !preprocessed) throw new Error(`run ${run.id} evaluates before it has trained`);
  const on = preprocessed.holdout ? "holdout" : "validation";
  const part = preprocessed.holdout ?? preprocessed.validation;
  const path = directory.part(on);
  const unchanged = await assertUnchanged(`${on}.csv`, path, part.sha256);
  if (!unchanged.ok) return unchanged;
  const candidate = await inspectCandidate(context);
  if (!candidate.ok) return candidate;
  const production = await tools.registry.read((db) => productionRow(db, run.model));
  const scored = await tools.evaluate({
    set: {
      name: on,
      file: { path, format: "csv", isGzipped: false },
      sha256: part.sha256,
      rows: part.rows,
      spec: { label: config.label, ...(config.weight === undefined ? {} : { weight: config.weight }) },
    },
    candidate: candidate.value,
    production: production && servedVersion(context, production),
    seed: BOOTSTRAP_SEED,
  });
  if (!scored.ok) return fail({ reason: "scoring_failed", detail: gapSentence(scored.failure) });
  const { quality } = scored.value;
  if (quality.state === "missing") return fail({ reason: "scoring_failed", detail: gapSentence(quality.gap) });
  const { rows, candidate: metrics, production: theirs, interval } = quality.value;
  const evaluated: Evaluated = {
    on,
    rows,
    metrics: finiteOnly(metrics),
    production: production && theirs ? { version: `v${production.number}`, metrics: finiteOnly(theirs) } : null,
    interval: interval && { metric: interval.metric, low: interval.low, high: interval.high, level: interval.level },
    input: candidate.value.manifest.inputs[0]?.name ?? "",
  };
  const shown = Object.entries(evaluated.metrics).map(([name, value]) => `${name} ${value.toPrecision(5)}`);
  return succeed({ move: "advance", text: `${shown.join(", ")} on ${rows} ${on} rows`, details: evaluated });
}

// --- Not exported ---

async function inspectCandidate({
  config,
  directory,
  results,
  tools,
}: StepContext): Promise<Result<EvaluatedVersion, StepFailure>> {
  const { trained } = results;
  if (!trained) throw new Error("there is no trained model to inspect");
  const source = join(directory.job, trained.artifact);
  const unchanged = await assertUnchanged(trained.artifact, source, trained.sha256);
  if (!unchanged.ok) return unchanged;
  const folder = directory.scratch("candidate");
  directory.empty(folder);
  // Inspection may write beside the file.
  const path = join(folder, trained.artifact);
  copyFileSync(source, path);
  const { inspect, inspections, artifactBytesMax } = tools.registration;
  const options = { artifactBytesMax, inputs: [], tolerance: { absolute: 0, relative: 0 }, timeoutMs: INSPECTION_TIMEOUT_MS };
  const inspected = await inspections.run(() => inspect(path, options));
  if (!inspected.ok) return fail({ reason: "model_refused", sentence: refusalSentence(inspected.failure) });
  const { served, outputs, engine } = inspected.value;
  const input = featureInput(inspected.value, config.features);
  if (!input.ok) return input;
  return succeed({
    version: CANDIDATE,
    artifactPath: served.path,
    manifest: { engine: engine.name, inputs: [input.value], outputs },
  });
}

/** The model's one input as the job has it: the configured features in order, NaN where a value is missing. */
function featureInput({ inputs }: Pick<Inspection, "inputs">, features: readonly string[]): Result<ManifestInput, StepFailure> {
  const [input, ...others] = inputs;
  if (!input || others.length > 0)
    return fail({ reason: "model_input_differs", detail: `it has ${inputs.length} inputs, and must have one` });
  const { name, datatype, shape } = input;
  if (shape.length !== 2 || shape[0] !== -1 || shape[1] !== features.length || datatype !== "FP32") {
    const detail = `its input ${name} is ${datatype} [${shape.join(", ")}], and must be FP32 [-1, ${features.length}]`;
    return fail({ reason: "model_input_differs", detail });
  }
  if (input.features && input.features.some((feature, at) => feature !== features[at]))
    return fail({ reason: "model_input_differs", detail: `it names them ${input.features.join(", ")}` });
  return succeed({ ...input, features: [...features], missing: "nan" });
}

function servedVersion({ tools }: StepContext, row: VersionRow): EvaluatedVersion {
  const { engine, inputs, outputs } = manifestSchema.parse(JSON.parse(row.manifestJson));
  const artifactPath = tools.registration.files.artifactPath(row.artifactSha256);
  return { version: `v${row.number}`, artifactPath, manifest: { inputs, outputs, ...(engine && { engine }) } };
}

/** A metric that is not defined on these rows has no number, and JSON no way to write it. */
const finiteOnly = (metrics: Readonly<Record<string, number | null | undefined>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
