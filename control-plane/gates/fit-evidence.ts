/** What the gate "fit for the edge" looks at, from the registry's rows: nothing is run for it. Pure. */
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { operatorRule } from "../inspection/operators.ts";
import { WASM_MEMORY_BYTES_MAX } from "../inspection/inspection-limits.ts";
import type { VersionRow } from "../registry/versions.ts";
import type { FitEvidence } from "./evidence.ts";

/**
 * onnxruntime's memory before any model: the initial size that its WASM module declares. A version's recorded bytes contain it, and an isolate
 * with two versions has it once.
 */
const RUNTIME_BYTES = 16 * 1024 * 1024;

export function fitEvidence(candidate: VersionRow, production: VersionRow | undefined, artifactBytesMax: number): FitEvidence {
  const { operators, sessionCreateMs, wasmMemoryBytes } = candidate.inspection;
  const { golden } = manifestSchema.parse(JSON.parse(candidate.manifestJson));
  const beside = production && Math.max(0, production.inspection.wasmMemoryBytes.loaded - RUNTIME_BYTES);
  return {
    artifactBytes: candidate.artifactBytes,
    artifactBytesMax,
    operatorsRefused: Object.keys(operators).filter(isRefused).toSorted(),
    goldenRows: golden.inputs[0]?.shape[0] ?? 0,
    sessionCreateMs,
    wasmBytes: { atLimits: wasmMemoryBytes.atLimits, production: beside ?? null, max: WASM_MEMORY_BYTES_MAX },
  };
}

function isRefused(operator: string): boolean {
  const [domain = "", name = ""] = operator.split(":");
  const rule = operatorRule(domain === "ai.onnx" ? "" : domain, name);
  return rule === undefined || rule.forbidden !== undefined || rule.random !== undefined;
}
