/** GET /health: whether this isolate can answer, which releases it serves and how old they are. No check that costs a request anything. */
import type { Isolate } from "../isolate.ts";
import { wasmMemoryBytes } from "../runtime/wasm-memory.ts";

export interface Health {
  status: "healthy" | "degraded" | "unavailable";
  model_loaded: boolean;
  timestamp: string;
  models: {
    model: string;
    version: string;
    generation: number;
    release_age_seconds: number;
    /** How long ago this isolate last asked KV for a newer release. */
    checked_seconds_ago: number;
  }[];
  /** Why the newest release of a model is not served here; the last good one is, when there was one. */
  refusals: Record<string, string>;
  wasm_memory_bytes: number;
}

export function health({ fleet }: Isolate, nowMs: number): Health {
  const lines = fleet.lines();
  const refusals = fleet.refusals();
  const isLoaded = lines.length > 0;
  return {
    status: !isLoaded ? "unavailable" : Object.keys(refusals).length > 0 ? "degraded" : "healthy",
    model_loaded: isLoaded,
    timestamp: new Date(nowMs).toISOString(),
    models: lines.flatMap(([model, { serving, checkedMs }]) =>
      serving
        ? [
            {
              model,
              version: serving.stable.version,
              generation: serving.release.generation,
              release_age_seconds: Math.max(0, Math.round((nowMs - Date.parse(serving.release.issuedAt)) / 1000)),
              checked_seconds_ago: Math.max(0, Math.round((nowMs - checkedMs) / 1000)),
            },
          ]
        : [],
    ),
    refusals,
    wasm_memory_bytes: wasmMemoryBytes(),
  };
}
