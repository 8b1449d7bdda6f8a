import { expect, it } from "vitest";
import { collectLog } from "./run-log.ts";

const at = new Date("2026-12-01T00:00:00Z");
const open = () => collectLog("training", () => at);

it("makes lines of chunks, each stream for itself", () => {
  const log = open();
  log.add("stdout", "one\ntw");
  log.add("stderr", "warn");
  log.add("stdout", "o\r\nthree");
  log.finish();
  expect(log.take()).toEqual(["one", "two", "three", "warn"].map((text) => ({ at, step: "training", text })));
  expect(log.take()).toEqual([]);
});

it("tells progress apart from log, on standard output only", () => {
  const log = open();
  log.add("stdout", '{"progress":{"done":3,"of":10},"note":"RMSE 21"}\n');
  expect(log.progress()).toEqual({ done: 3, of: 10, note: "RMSE 21" });
  log.add("stderr", '{"progress":{"done":9,"of":10}}\n');
  expect(log.progress()?.done).toBe(3);
  expect(log.take()).toHaveLength(1);
  log.finish();
  expect(log.progress()).toBeNull();
});

it("keeps the first and the last lines of a command that prints without end, and says how many it left out", () => {
  const log = open();
  for (let line = 1; line <= 5000; line++) log.add("stdout", `line ${line}\n`);
  log.add("stderr", "the reason\n");
  log.finish();
  const texts = log.take().map(({ text }) => text);
  expect(texts).toHaveLength(1201);
  expect([texts[0], texts[999], texts[1000], texts[1001], texts.at(-1)]).toEqual([
    "line 1",
    "line 1000",
    "… 3801 lines left out …",
    "line 4802",
    "the reason",
  ]);
});

it("cuts a line that never ends, and takes the power out of control characters", () => {
  const log = open();
  for (let chunk = 0; chunk < 100; chunk++) log.add("stdout", "x".repeat(900));
  log.add("stdout", "\u001B[2Jgone\n");
  log.finish();
  const texts = log.take().map(({ text }) => text);
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(1001);
  expect(texts.at(-1)).toBe("\uFFFD[2Jgone");
});
