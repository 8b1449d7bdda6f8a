import { expect, it, vi } from "vitest";
import { AfterAnswers } from "./after-answers.ts";

function isolate() {
  const told: string[] = [];
  const ticks: Promise<unknown>[] = [];
  const state = { nowMs: 1_000, sent: 0 };
  const after = new AfterAnswers({ clock: () => state.nowMs, send: async () => void state.sent++ });
  const answer = (name: string): void =>
    after.add(
      (nowMs) => told.push(`${name} at ${nowMs}`),
      state.nowMs,
      (tick) => void ticks.push(tick),
    );
  return { after, answer, told, ticks, state };
}

it("settles an answer at a tick, and sends what is due", async () => {
  const { answer, told, ticks, state } = isolate();
  answer("a");
  answer("b");
  expect([told, ticks.length]).toEqual([[], 1]);
  state.nowMs = 1_001;
  await Promise.all(ticks);
  expect([told, state.sent]).toEqual([["a at 1001", "b at 1001"], 1]);
});

it("settles it when the next request comes in, if that is before the tick, and once", async () => {
  const { after, answer, told, ticks, state } = isolate();
  answer("a");
  state.nowMs = 1_007;
  after.arrived(state.nowMs);
  expect(told).toEqual(["a at 1007"]);
  await Promise.all(ticks);
  expect([told, state.sent]).toEqual([["a at 1007"], 1]);
});

it("ticks again only after a while, and waits no longer where the clock was set back", async () => {
  vi.useFakeTimers();
  try {
    const { answer, told, state } = isolate();
    answer("a");
    await vi.advanceTimersByTimeAsync(0);
    answer("b");
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(["a at 1000"]);
    await vi.advanceTimersByTimeAsync(1);
    state.nowMs = -3_600_000;
    answer("c");
    await vi.advanceTimersByTimeAsync(2);
    expect(told).toEqual(["a at 1000", "b at 1000", "c at -3600000"]);
  } finally {
    vi.useRealTimers();
  }
});
