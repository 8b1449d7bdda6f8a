/** The two real models and their oracle: XGBoost's own predictions of 500 rows (golden.json, made with XGBoost itself on the PRSA data). */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../contract/manifest.ts";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const GOLDEN = join(REPOSITORY, "../shared/models/pm25/golden.json");

export interface Golden {
  features: string[];
  /** NaN is written as null. */
  rows: (number | null)[][];
  expected: { v1: number[]; v2: number[] };
}

/** Undefined where the shared data is not beside the repository. */
export function readGolden(): Golden | undefined {
  if (!existsSync(GOLDEN)) return undefined;
  return JSON.parse(readFileSync(GOLDEN, "utf8").replaceAll(/\bNaN\b/g, "null")) as Golden;
}

export const readArtifact = (version: "v1" | "v2"): Uint8Array =>
  readFileSync(join(REPOSITORY, `examples/pm25/pm25-${version}.onnx`));

/** A manifest whose golden rows are XGBoost's own predictions rather than a recording of the runtime. */
export function pm25Manifest(model: string, version: "v1" | "v2", golden: Golden): Omit<Manifest, "artifact"> {
  const rows = golden.rows.slice(0, 16);
  const inputs = new Float32Array(rows.flat().map((value) => value ?? NaN));
  const outputs = new Float32Array(golden.expected[version].slice(0, 16));
  return {
    schema: 1,
    model,
    version,
    inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], features: golden.features, missing: "nan" }],
    outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
    golden: {
      inputs: [tensorToRecord({ name: "features", datatype: "FP32", shape: [16, 12], data: inputs })],
      outputs: [tensorToRecord({ name: "pm25", datatype: "FP32", shape: [16, 1], data: outputs })],
      tolerance: { absolute: 1e-4, relative: 1e-5 },
    },
    baseline: {},
  };
}
