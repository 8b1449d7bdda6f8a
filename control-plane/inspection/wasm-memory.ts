/**
 * The WASM memory of onnxruntime, capped at what an isolate has and watched. onnxruntime's glue makes one
 * `new WebAssembly.Memory({ maximum: 65536 })` when it starts; while `start` runs, that constructor is replaced by one with our maximum.
 * Capping is the only way to see a model that is too large for the edge: Node would give it 4 GiB.
 */
import { WASM_PAGE_BYTES } from "./inspection-limits.ts";

export interface WasmMemoryWatch {
  /** Bytes of linear memory now; it never shrinks. */
  bytes: () => number;
  /** Bytes that the last growth asked for, if it was refused: the run that then failed did so for want of memory. */
  refusedBytes: () => number | undefined;
}

// Node has WebAssembly, but its types are in TypeScript's DOM library, which this part is not compiled under.
interface WasmMemoryDescriptor {
  initial: number;
  maximum?: number;
  shared?: boolean;
}
interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
const webAssembly = (globalThis as unknown as { WebAssembly: { Memory: new (descriptor: WasmMemoryDescriptor) => WasmMemory } })
  .WebAssembly;

/** Runs `start` (which must make the runtime's memory) with the cap in place, and restores the constructor whatever happens. */
export async function withCappedMemory<Started>(
  pagesMax: number,
  start: () => Promise<Started>,
): Promise<{ started: Started; memory: WasmMemoryWatch } | { failed: unknown; memory: WasmMemoryWatch }> {
  const { Memory } = webAssembly;
  const made: WasmMemory[] = [];
  let refusedBytes: number | undefined;

  class CappedMemory extends Memory {
    constructor(descriptor: WasmMemoryDescriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? pagesMax, pagesMax) });
      made.push(this);
    }

    override grow(pages: number): number {
      const wanted = this.buffer.byteLength + pages * WASM_PAGE_BYTES;
      try {
        const before = super.grow(pages);
        refusedBytes = undefined;
        return before;
      } catch (error) {
        refusedBytes = wanted;
        throw error;
      }
    }
  }

  const memory: WasmMemoryWatch = {
    bytes: () => made.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    refusedBytes: () => refusedBytes,
  };
  webAssembly.Memory = CappedMemory;
  try {
    return { started: await start(), memory };
  } catch (failed) {
    return { failed, memory };
  } finally {
    webAssembly.Memory = Memory;
  }
}
