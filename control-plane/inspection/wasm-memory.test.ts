import { describe, expect, it } from "vitest";
import { withCappedMemory } from "./wasm-memory.ts";

const PAGE_BYTES = 65_536;
const webAssembly = (globalThis as unknown as { WebAssembly: { Memory: new (d: object) => { grow: (pages: number) => number } } })
  .WebAssembly;

describe("memory made while the runtime starts", () => {
  it("is capped, counted, and says what it was refused", async () => {
    const { memory, ...outcome } = await withCappedMemory(10, () =>
      Promise.resolve(new webAssembly.Memory({ initial: 2, maximum: 65_536, shared: true })),
    );
    if (!("started" in outcome)) throw new Error("the memory was not made");
    expect(memory.bytes()).toBe(2 * PAGE_BYTES);
    outcome.started.grow(3);
    expect(memory.bytes()).toBe(5 * PAGE_BYTES);
    expect(memory.refusedBytes()).toBeUndefined();
    expect(() => outcome.started.grow(6)).toThrow(RangeError);
    expect(memory.refusedBytes()).toBe(11 * PAGE_BYTES);
    outcome.started.grow(5);
    expect(memory.refusedBytes()).toBeUndefined();
  });

  it("leaves the constructor as it was, also when the start fails", async () => {
    const { Memory } = webAssembly;
    const outcome = await withCappedMemory(10, () => Promise.reject(new Error("no")));
    expect(outcome).toMatchObject({ failed: new Error("no") });
    expect(webAssembly.Memory).toBe(Memory);
  });
});
