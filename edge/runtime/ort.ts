/**
 * onnxruntime's WASM started inside workerd: the precompiled module handed over where Emscripten would compile bytes, which Workers forbid, and its
 * memory capped. Its C functions are called without onnxruntime's JavaScript in between, whose promises cost more than a prediction does
 * (docs/decisions/0008-without-ort-javascript.md). Nothing about models here (ort-session.ts).
 */
import startOrt from "onnxruntime-web/ort-wasm-simd-threaded.mjs";
import wasmModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { WASM_MEMORY_PAGES_MAX } from "../../contract/limits.ts";
import { lastError, type Ort, type OrtApi } from "./ort-api.ts";

const LOG_SEVERITY_ERROR = 3;
const ONE_THREAD = 1;

let ort: Ort | undefined;
let memory: WebAssembly.Memory | undefined;

/** Bytes of its WASM memory; 0 before the first session. It grows and never shrinks. */
export const ortMemoryBytes = (): number => memory?.buffer.byteLength ?? 0;

/**
 * onnxruntime, started by the first call. Nothing in the start waits for I/O, so it ends within the turn of the request that began it, and no other
 * request can come in between. While it starts, `WebAssembly.Memory` is answered by a constructor with our cap: a model that wants more memory fails to load,
 * instead of taking the isolate and its other requests down.
 */
export async function startedOrt(): Promise<Ort> {
  if (ort) return ort;
  const { process } = globalThis as { process?: unknown };
  const { Memory } = WebAssembly;
  let made: WebAssembly.Memory | undefined;
  // Workers have a `process` by which Emscripten takes them for Node, and looks for files.
  Object.assign(globalThis, { process: undefined });
  Object.assign(WebAssembly, {
    Memory: new Proxy(Memory, {
      construct(Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) {
        const capped = new Memory({ ...descriptor, maximum: Math.min(descriptor.maximum ?? Infinity, WASM_MEMORY_PAGES_MAX) });
        // Emscripten also probes for features with an empty memory; the real one has an initial size.
        if (descriptor.initial > 0) made = capped;
        return capped;
      },
    }),
  });
  let api: OrtApi;
  try {
    api = await startOrt({
      numThreads: ONE_THREAD,
      instantiateWasm: (imports, done) => done(new WebAssembly.Instance(wasmModule, imports), wasmModule),
    });
  } finally {
    Object.assign(WebAssembly, { Memory });
    Object.assign(globalThis, { process });
  }
  if (!made) throw new Error("onnxruntime made no memory of its own: its size would not be capped");
  memory = made;
  const started = withViews(api, made);
  if (api._OrtInit(ONE_THREAD, LOG_SEVERITY_ERROR) !== 0) throw lastError(started, "onnxruntime does not start");
  return (ort = started);
}

/** Views of the memory, made anew when it has grown: the old buffer of a shared memory stays as short as it was. */
function withViews(api: OrtApi, { buffer }: WebAssembly.Memory): Ort {
  let bytes = new Uint8Array(buffer);
  let words = new Int32Array(buffer);
  const refresh = (): void => {
    const now = memory?.buffer;
    if (now === undefined || now === bytes.buffer) return;
    bytes = new Uint8Array(now);
    words = new Int32Array(now);
  };
  return {
    api,
    bytes() {
      refresh();
      return bytes;
    },
    word(pointer) {
      refresh();
      return words[pointer >> 2] as number;
    },
    setWord(pointer, value) {
      refresh();
      words[pointer >> 2] = value;
    },
  };
}
