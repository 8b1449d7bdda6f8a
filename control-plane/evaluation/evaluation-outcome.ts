/** What an evaluation is asked and what it answers, across the boundary of its child process. Types only. */
import type { Manifest } from "../../contract/manifest.ts";
import type { DriftEvidence, FairnessEvidence, Gap, QualityEvidence } from "../gates/evidence.ts";
import type { Measured } from "../gates/measured.ts";
import type { TableFile } from "../rows/table.ts";
import type { EvaluationSpec } from "./spec.ts";

export interface EvaluatedVersion {
  version: string;
  artifactPath: string;
  /** `reference` is looked at of a candidate only. */
  manifest: Pick<Manifest, "engine" | "inputs" | "outputs" | "reference">;
}

export interface EvaluationJob {
  set: { name: string; file: TableFile; sha256: string; rows: number; spec: EvaluationSpec };
  candidate: EvaluatedVersion;
  production: EvaluatedVersion | undefined;
  seed: number;
}

export interface EvaluationOutcome {
  quality: Measured<QualityEvidence>;
  fairness: Measured<FairnessEvidence>;
  drift: Measured<DriftEvidence>;
  /** Rows of the set in /predict's form, evenly spaced: what the candidate is driven with at the edge. */
  sampleRows: unknown[][];
  /** WASM memory with both versions loaded, after the last batch. */
  wasmMemoryBytes: number;
}

export interface CheckJob {
  file: TableFile;
  inputs: Manifest["inputs"];
  outputs: Manifest["outputs"];
  spec: EvaluationSpec;
}

export interface RowProblem {
  /** Null: the file as a whole. */
  row: number | null;
  column: string | null;
  detail: string;
}

export interface CheckedSet {
  rows: number;
  labelledRows: number;
  groups: Record<string, number>;
  /** The first ones; none: the set can be used. */
  problems: RowProblem[];
}

export type EvaluationTask = { kind: "evaluate"; job: EvaluationJob } | { kind: "check"; job: CheckJob };
export type EvaluationAnswer =
  { kind: "evaluated"; outcome: EvaluationOutcome | { gap: Gap } } | { kind: "checked"; checked: CheckedSet };
