/**
 * What inspecting an artifact yields, and every reason to refuse one. Types only: the shape that registration relies on.
 */
import type { DriftReference } from "../../contract/drift-reference.ts";
import type { Engine, Manifest, ManifestInput, ManifestOutput } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { ConversionRefusal } from "../conversion/conversion.ts";

export interface InspectionOptions {
  artifactBytesMax: number;
  /** What the registrant says of inputs, by input name. */
  inputs: readonly { name: string; features?: readonly string[] | undefined; missing?: "nan" | "refused" | undefined }[];
  /** Rows to record as golden rows, in the form of /predict's `instances`. Absent: rows are made up from a fixed seed. */
  examples?: readonly unknown[] | undefined;
  /** What the trainer's own library gave for `examples`: one predictions entry per row, in /predict's form. */
  expected?: readonly unknown[] | undefined;
  /** Rows of the training set, in the form of /predict's `instances`: what the model predicts for them is the prediction's reference. */
  referenceRows?: readonly unknown[] | undefined;
  /** Largest |got − expected| allowed against `expected`, absolute plus relative. */
  tolerance: { absolute: number; relative: number };
  /** The child process that runs the model is ended after this long. */
  timeoutMs: number;
}

export interface EngineChoice {
  name: Engine;
  /** A sentence on how it came to be chosen. */
  why: string;
}

export interface Inspection {
  /** The file that the edge will serve: the uploaded one, or one made from it beside it when `rewrites` is not empty. */
  served: { path: string; sha256: string; bytes: number };
  /** What was changed and why, one sentence each, e.g. that the file was XGBoost's own, or a ZipMap removed so that probabilities are a tensor. */
  rewrites: string[];
  irVersion: number;
  producer: string;
  /** Domain → opset version; the default domain is "ai.onnx". */
  opsets: Record<string, number>;
  /** "Domain:Operator" → how often, subgraphs and functions included. */
  operators: Record<string, number>;
  inputs: ManifestInput[];
  outputs: ManifestOutput[];
  /** What the edge will run it with. */
  engine: EngineChoice;
  golden: Manifest["golden"];
  /** From `referenceRows`; undefined without them, or where no output has one value a row. */
  predictionReference?: DriftReference["prediction"];
  /** Measured in the child process: informative, not a gate. */
  sessionCreateMs: number;
  /** WebAssembly.Memory bytes once loaded, and after one run at the largest request that the limits allow. */
  wasmMemoryBytes: { loaded: number; atLimits: number };
  /** The longest of the runs at the request limits. */
  limitRunMs: number;
}

export type InspectionRefusal =
  | ConversionRefusal
  | { reason: "artifact_too_large"; bytes: number; max: number }
  | { reason: "not_onnx"; detail: string }
  | { reason: "external_data"; tensors: string[] }
  | { reason: "operator_forbidden"; operator: string; node: string; why: string }
  | { reason: "operator_unknown"; operator: string; allowedDomains: string[] }
  | { reason: "output_size_from_input"; operator: string; node: string; input: string }
  | { reason: "dimension_unbounded"; tensor: string; shape: number[]; max: number }
  | { reason: "datatype_unsupported"; tensor: string; onnxType: string }
  | { reason: "no_tensor_output"; outputs: string[] }
  | { reason: "input_unknown"; input: string; known: string[] }
  | { reason: "features_mismatch"; input: string; declared: number; columns: number | null }
  | { reason: "examples_invalid"; detail: string }
  | { reason: "expected_mismatch"; row: number; output: string; got: string; expected: string }
  | { reason: "reference_invalid"; detail: string }
  | { reason: "session_rejected"; detail: string }
  | { reason: "inference_failed"; detail: string }
  | { reason: "interface_unsupported"; tensor: string; why: string }
  | { reason: "missing_unsupported"; input: string; datatype: string }
  | { reason: "feature_duplicate"; feature: string }
  /** An operator that draws random numbers, or two runs of one input that differ; `where` names the node or the output. */
  | { reason: "not_deterministic"; where: string; detail: string }
  | { reason: "golden_too_large"; bytes: number; max: number }
  | { reason: "memory_over_budget"; bytes: number; max: number; when: "loading" | "at the request limits" }
  | { reason: "timed_out"; afterMs: number; when: string }
  /** The child process died: a fault of the runtime, or a file made to cause one. */
  | { reason: "process_ended"; when: string; detail: string };

/** A golden tensor pair, before it is written into the manifest. */
export interface GoldenRun {
  inputs: Tensor[];
  outputs: Tensor[];
}
