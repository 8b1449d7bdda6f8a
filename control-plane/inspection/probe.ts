/**
 * Runs a model in onnxruntime's WASM build, the very binary of the edge, on one thread and within the isolate's memory. Meant for the
 * child process: a model that exhausts the memory leaves the runtime unusable.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type * as Ort from "onnxruntime-web/wasm";
import { DATATYPES, datatypeOfOrt } from "../../contract/datatype.ts";
import { WASM_MEMORY_PAGES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Tensor, TensorData } from "../../contract/tensor.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { WASM_MEMORY_BYTES_MAX } from "./inspection-limits.ts";
import { withCappedMemory, type WasmMemoryWatch } from "./wasm-memory.ts";

export interface Probe {
  inputNames: readonly string[];
  outputNames: readonly string[];
  memoryBytes: () => number;
  /** The named outputs; a run that failed for want of memory says what it asked for. */
  run: (inputs: readonly Tensor[], outputNames: readonly string[]) => Promise<Result<Tensor[], RunFailure>>;
}

export type RunFailure = { reason: "failed"; detail: string } | { reason: "out_of_memory"; bytes: number };

/** As the edge makes its sessions; both must stay alike for the golden rows to mean anything. */
const SESSION_OPTIONS: Ort.InferenceSession.SessionOptions = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };

/** Starts onnxruntime and loads the model. Once per process: onnxruntime keeps one WASM memory for all its sessions. */
export async function openProbe(bytes: Uint8Array): Promise<Result<Probe, InspectionRefusal>> {
  const opened = await openProbes([bytes]);
  return opened.ok ? succeed(opened.value[0] as Probe) : opened;
}

/** As openProbe, with several models side by side in one memory, as an isolate has them during a swap. */
export async function openProbes(artifacts: readonly Uint8Array[]): Promise<Result<Probe[], InspectionRefusal>> {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  ort.env.wasm.wasmBinary = await readFile(fileURLToPath(import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")));
  const opened = await withCappedMemory(WASM_MEMORY_PAGES_MAX, async function createSessions() {
    const sessions: Ort.InferenceSession[] = [];
    // One after the other: onnxruntime starts with the first.
    for (const bytes of artifacts) sessions.push(await ort.InferenceSession.create(bytes, SESSION_OPTIONS));
    return sessions;
  });
  const { memory } = opened;
  if ("failed" in opened) {
    const failure = runFailure(opened.failed, memory);
    return failure.reason === "out_of_memory"
      ? fail(memoryOverBudget(failure.bytes, "loading"))
      : fail({ reason: "session_rejected", detail: failure.detail });
  }
  return succeed(opened.started.map((session) => probeOf(ort, session, memory)));
}

/** The refusal that a failed run is. A run is never larger than the request limits, so want of memory is want of it there. */
export function refusalOfRun(failure: RunFailure): InspectionRefusal {
  return failure.reason === "out_of_memory"
    ? memoryOverBudget(failure.bytes, "at the request limits")
    : { reason: "inference_failed", detail: failure.detail };
}

const memoryOverBudget = (bytes: number, when: "loading" | "at the request limits") => ({
  reason: "memory_over_budget" as const,
  bytes,
  max: WASM_MEMORY_BYTES_MAX,
  when,
});

function probeOf(ort: typeof Ort, session: Ort.InferenceSession, memory: WasmMemoryWatch): Probe {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    memoryBytes: memory.bytes,
    run: async (inputs, outputNames) => {
      try {
        const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, ortTensor(ort, tensor)]));
        const results = await session.run(feeds, [...outputNames]);
        return succeed(outputNames.map((name) => tensorOf(name, results[name])));
      } catch (error) {
        return fail(runFailure(error, memory));
      }
    },
  };
}

function runFailure(error: unknown, memory: WasmMemoryWatch): RunFailure {
  const bytes = memory.refusedBytes();
  if (bytes !== undefined) return { reason: "out_of_memory", bytes };
  return { reason: "failed", detail: String(error instanceof Error ? error.message : error) };
}

function ortTensor(ort: typeof Ort, { datatype, data, shape }: Tensor): Ort.Tensor {
  return new ort.Tensor(DATATYPES[datatype].ortType, data as Ort.Tensor.DataType, shape);
}

function tensorOf(name: string, value: Ort.OnnxValue | undefined): Tensor {
  const datatype = value === undefined ? undefined : datatypeOfOrt(value.type);
  if (value === undefined || datatype === undefined) throw new TypeError(`the output ${name} is no tensor of a known type`);
  return { name, datatype, shape: value.dims, data: value.data as TensorData };
}
