/**
 * onnxruntime-web started inside workerd: the precompiled WASM module handed over where ORT would compile bytes, which Workers forbid,
 * and its memory capped. Nothing about models here (session.ts).
 */
import * as ort from "onnxruntime-web/wasm";
import wasmModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { WASM_MEMORY_PAGES_MAX } from "../../contract/limits.ts";

/** ORT only checks that some binary is there; the bytes are never compiled. */
const PLACEHOLDER_BINARY = new Uint8Array([0, 0x61, 0x73, 0x6d]);

let memory: WebAssembly.Memory | undefined;

/** Bytes of the isolate's WASM memory; 0 before the first session. It grows and never shrinks. */
export const wasmMemoryBytes = (): number => memory?.buffer.byteLength ?? 0;

/**
 * An ORT session over `artifact`. Throws what ORT throws. The first call starts ORT, whose `WebAssembly.instantiate` and `WebAssembly.Memory`
 * are answered by ours until it has them; both are restored afterwards. A model that wants more memory than the cap fails to load,
 * instead of taking the isolate and its other requests down.
 */
export async function createSession(artifact: Uint8Array): Promise<ort.InferenceSession> {
  const create = (): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(artifact, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  if (memory) return create();
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = PLACEHOLDER_BINARY.buffer;
  ort.env.logLevel = "error";
  const original = { instantiate: WebAssembly.instantiate, Memory: WebAssembly.Memory };
  Object.assign(WebAssembly, {
    instantiate: async (_bytes: unknown, imports: WebAssembly.Imports) => ({
      module: wasmModule,
      instance: await original.instantiate(wasmModule, imports),
    }),
    Memory: new Proxy(original.Memory, {
      construct(Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) {
        const made = new Memory({ ...descriptor, maximum: Math.min(descriptor.maximum ?? Infinity, WASM_MEMORY_PAGES_MAX) });
        // ORT also probes for features with an empty memory; the real one has an initial size.
        if (descriptor.initial > 0) memory = made;
        return made;
      },
    }),
  });
  try {
    return await create();
  } finally {
    Object.assign(WebAssembly, original);
  }
}
