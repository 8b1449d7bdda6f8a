/** The gate "fit for the edge": operators, size, memory during a swap, golden rows. From what the inspection recorded. Pure. */
import type { FitEvidence } from "./evidence.ts";
import type { GatePolicy } from "./policy.ts";
import { failed, inconclusive, pass, type Finding } from "./verdict.ts";

export function judgeFit(evidence: FitEvidence, { sessionCreateMsMax }: GatePolicy["fit"]): Finding {
  const { artifactBytes, artifactBytesMax, operatorsRefused, goldenRows, sessionCreateMs, wasmBytes } = evidence;
  const swapBytes = wasmBytes.atLimits + (wasmBytes.production ?? 0);
  const numbers = { artifactBytes, artifactBytesMax, swapBytes, swapBytesMax: wasmBytes.max, sessionCreateMs, goldenRows };
  if (operatorsRefused.length > 0) {
    return failed("operator_refused", `it uses ${operatorsRefused.join(", ")}, which may no longer be served`, numbers);
  }
  if (!(artifactBytes <= artifactBytesMax)) {
    return failed("artifact_too_large", `it has ${artifactBytes} bytes, over the limit of ${artifactBytesMax}`, numbers);
  }
  if (!(goldenRows > 0))
    return inconclusive("golden_rows_absent", "no golden rows were recorded, so the edge could not check it", numbers);
  if (!(wasmBytes.atLimits > 0))
    return inconclusive("memory_unknown", "the inspection did not record what memory it takes", numbers);
  if (!(swapBytes <= wasmBytes.max)) {
    return failed(
      "swap_over_budget",
      `beside the production version it takes ${swapBytes} bytes of WASM memory at the request limits, over the isolate's ${wasmBytes.max}`,
      numbers,
    );
  }
  if (sessionCreateMsMax !== undefined && !(sessionCreateMs <= sessionCreateMsMax)) {
    return failed(
      "session_too_slow",
      `its session took ${sessionCreateMs.toFixed(0)} ms to make, over ${sessionCreateMsMax}`,
      numbers,
    );
  }
  return pass(
    "fits",
    `${mebibytes(swapBytes)} of ${mebibytes(wasmBytes.max)} MiB of WASM memory during a swap, ${goldenRows} golden rows exact`,
    numbers,
  );
}

const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);
