import { describe, expect, it } from "vitest";
import { SerialQueue } from "./serial-queue.ts";

describe("SerialQueue", () => {
  it("runs one task after another, in order, whatever became of the one before", async () => {
    const queue = new SerialQueue();
    const events: string[] = [];
    const task = (name: string, fails = false) =>
      queue.run(async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([task("a"), task("b", true), task("c")]);
    expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("is idle when all that was queued has settled", async () => {
    const queue = new SerialQueue();
    let isDone = false;
    const task = queue.run(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      isDone = true;
    });
    await queue.idle();
    expect(isDone).toBe(true);
    await task;
  });
});
