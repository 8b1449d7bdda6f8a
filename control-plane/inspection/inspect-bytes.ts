/**
 * Inspection of a model's bytes, from parsing to the runs at the limits. Runs in the child process of inspect.ts: a hostile file may
 * take this process's time, memory and runtime, and nothing else. No files, no clock of its own.
 */
import { createHash } from "node:crypto";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ManifestOutput } from "../../contract/manifest.ts";
import { asOnnx } from "../conversion/as-onnx.ts";
import type { Conversion } from "../conversion/conversion.ts";
import { chooseEngine } from "./choose-engine.ts";
import { compareExpected } from "./expected-values.ts";
import { runGolden } from "./golden-run.ts";
import { exampleTensors } from "./golden.ts";
import type { GoldenRun, Inspection, InspectionOptions, InspectionRefusal } from "./inspection.ts";
import { limitRuns } from "./limit-runs.ts";
import { manifestOutputOf, modelInputs, modelOutputs, type ModelInput, type ModelOutput } from "./model-interface.ts";
import { parseOnnx, type ParsedModel } from "./onnx-parse.ts";
import { checkPolicy, countOperators } from "./policy.ts";
import { openProbe, refusalOfRun, type Probe } from "./probe.ts";
import { predictionReference } from "./reference-run.ts";
import { removeZipMaps } from "./zipmap.ts";

export interface BytesInspection extends Omit<Inspection, "served"> {
  served: { sha256: string; bytes: number };
  /** The bytes to serve, when they are not those that were given. */
  rewritten: Uint8Array | undefined;
}

export interface InspectionHooks {
  /** Told before each step, so that a timeout can say what it interrupted. */
  onStep: (step: string) => void;
  nowMs: () => number;
}

/** The steps of inspect.ts's docstring, after the size check. */
export async function inspectBytes(
  bytes: Uint8Array,
  options: InspectionOptions,
  { onStep, nowMs }: InspectionHooks,
): Promise<Result<BytesInspection, InspectionRefusal>> {
  onStep("reading the file");
  const converted = asOnnx(bytes);
  if (!converted.ok) return converted;
  const onnx = converted.value?.bytes ?? bytes;
  if (!(onnx.length <= options.artifactBytesMax)) {
    return fail({ reason: "artifact_too_large", bytes: onnx.length, max: options.artifactBytesMax });
  }
  const uploaded = parseOnnx(onnx);
  if (!uploaded.ok) return uploaded;
  const policy = checkPolicy(uploaded.value);
  if (!policy.ok) return policy;
  const removal = removeZipMaps(onnx, uploaded.value);
  const servedBytes = removal?.bytes ?? onnx;
  const parsed = removal ? parseOnnx(servedBytes) : uploaded;
  if (!parsed.ok) return parsed;
  const inputs = modelInputs(parsed.value, declaredInputs(options, converted.value));
  if (!inputs.ok) return inputs;
  const outputs = modelOutputs(parsed.value);
  if (!outputs.ok) return outputs;

  onStep("loading the model");
  const loadStartMs = nowMs();
  const probe = await openProbe(servedBytes);
  if (!probe.ok) return probe;
  const sessionCreateMs = nowMs() - loadStartMs;
  const loadedBytes = probe.value.memoryBytes();
  const agreed = checkNames(parsed.value, probe.value);
  if (!agreed.ok) return agreed;

  onStep("running the golden rows");
  const golden = await runGolden(probe.value, inputs.value, outputs.value, options);
  if (!golden.ok) return golden;
  const manifestOutputs = describeOutputs(outputs.value, golden.value.run, removal?.labels);
  if (!manifestOutputs.ok) return manifestOutputs;

  onStep("comparing with the expected values");
  const compared = await checkExpected(probe.value, inputs.value, manifestOutputs.value, options);
  if (!compared.ok) return compared;

  onStep("predicting the rows of the reference");
  const manifestInputs = inputs.value.map(({ manifest }) => manifest);
  const prediction = await predictionReference(probe.value, manifestInputs, manifestOutputs.value, options.referenceRows ?? []);
  if (!prediction.ok) return prediction;

  onStep("choosing the engine");
  const engine = await chooseEngine(
    servedBytes,
    { inputs: manifestInputs, outputs: manifestOutputs.value },
    probe.value,
    golden.value.run.inputs,
  );

  onStep("running at the request limits");
  const limits = await runLimits(probe.value, inputs.value, golden.value.run, nowMs);
  if (!limits.ok) return limits;

  return succeed({
    ...modelFacts(parsed.value),
    served: { sha256: createHash("sha256").update(servedBytes).digest("hex"), bytes: servedBytes.length },
    rewritten: servedBytes === bytes ? undefined : servedBytes,
    rewrites: [...(converted.value?.notes ?? []), ...(removal?.rewrites ?? [])],
    inputs: manifestInputs,
    outputs: manifestOutputs.value,
    engine,
    golden: golden.value.golden,
    predictionReference: prediction.value,
    sessionCreateMs,
    wasmMemoryBytes: { loaded: loadedBytes, atLimits: probe.value.memoryBytes() },
    limitRunMs: limits.value,
  });
}

/** A converted file says what its features are and that they may be missing; the registrant's word goes before it. */
function declaredInputs({ inputs }: InspectionOptions, conversion: Conversion | undefined): InspectionOptions["inputs"] {
  if (conversion === undefined) return inputs;
  const { name, features, missing } = conversion.input;
  const declared = inputs.find((input) => input.name === name);
  const merged = { name, features: declared?.features ?? features, missing: declared?.missing ?? missing };
  return [...inputs.filter((input) => input !== declared), merged];
}

function modelFacts(model: ParsedModel): Pick<Inspection, "irVersion" | "producer" | "opsets" | "operators"> {
  return {
    irVersion: model.irVersion ?? 0,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(" "),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || "ai.onnx", version ?? 0])),
    operators: countOperators(model),
  };
}

/** Our reading of the file against onnxruntime's: where they differ, the policy judged another model than the one that would run. */
function checkNames({ graph }: ParsedModel, { inputNames, outputNames }: Probe): Result<true, InspectionRefusal> {
  const given = new Set(graph.input.map(({ name }) => name));
  const isSame =
    inputNames.every((name) => given.has(name)) &&
    outputNames.length === graph.output.length &&
    outputNames.every((name, index) => name === graph.output[index]?.name);
  return isSame ? succeed(true) : fail({ reason: "not_onnx", detail: "onnxruntime reads other inputs or outputs from the file" });
}

function describeOutputs(
  outputs: readonly ModelOutput[],
  run: GoldenRun,
  labels: ReadonlyMap<string, (string | number)[]> | undefined,
): Result<ManifestOutput[], InspectionRefusal> {
  const described: ManifestOutput[] = [];
  for (const [index, output] of outputs.entries()) {
    const told = manifestOutputOf(output, run.outputs[index]?.shape ?? [], labels?.get(output.name));
    if (!told.ok) return told;
    described.push(told.value);
  }
  return succeed(described);
}

async function checkExpected(
  probe: Probe,
  inputs: readonly ModelInput[],
  outputs: readonly ManifestOutput[],
  { examples, expected, tolerance }: InspectionOptions,
): Promise<Result<true, InspectionRefusal>> {
  if (expected === undefined) return succeed(true);
  if (examples === undefined) return fail({ reason: "examples_invalid", detail: "there are expected values but no examples" });
  if (expected.length !== examples.length) {
    const detail = `there are ${examples.length} examples but ${expected.length} expected values`;
    return fail({ reason: "examples_invalid", detail });
  }
  const tensors = exampleTensors(
    examples,
    inputs.map(({ manifest }) => manifest),
  );
  if (!tensors.ok) return tensors;
  const ran = await probe.run(
    tensors.value,
    outputs.map(({ name }) => name),
  );
  return ran.ok ? compareExpected(expected, ran.value, outputs, tolerance) : fail(refusalOfRun(ran.failure));
}

/** Milliseconds of the longest run. A run that onnxruntime refuses is the caller's error at that length; want of memory is ours. */
async function runLimits(
  probe: Probe,
  inputs: readonly ModelInput[],
  golden: GoldenRun,
  nowMs: () => number,
): Promise<Result<number, InspectionRefusal>> {
  const names = golden.outputs.map(({ name }) => name);
  let longestMs = 0;
  for (const { tensors } of limitRuns(inputs, golden.inputs)) {
    const startMs = nowMs();
    const ran = await probe.run(tensors, names);
    longestMs = Math.max(longestMs, nowMs() - startMs);
    if (!ran.ok && ran.failure.reason === "out_of_memory") return fail(refusalOfRun(ran.failure));
  }
  return succeed(longestMs);
}
