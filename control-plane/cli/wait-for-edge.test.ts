import { expect, it } from "vitest";
import { fail, succeed } from "../../contract/result.ts";
import { waitForEdge, type EdgeWait } from "./wait-for-edge.ts";

/** A clock that moves on by `stepMs` each time it is read, and an edge that answers from a list. */
function wait(generations: (number | null)[], stepMs: number): Promise<unknown> {
  let nowMs = 0;
  let asked = 0;
  const served: EdgeWait["served"] = () =>
    Promise.resolve(succeed(generations[Math.min(asked++, generations.length - 1)] ?? null));
  return waitForEdge({ model: "m", generation: 7, served, monotonicMs: () => (nowMs += stepMs), waitMsMax: 1000 });
}

it("ends as soon as the wanted generation answers, and says after how long", async () => {
  expect(await wait([null, 6, 7], 10)).toEqual({ ok: true, value: 30 });
});

it("is content with a higher generation: somebody promoted again meanwhile", async () => {
  expect(await wait([9], 10)).toMatchObject({ ok: true });
});

it("gives up after its time and says what is served instead", async () => {
  expect(await wait([6], 600)).toEqual({
    ok: false,
    failure: { reason: "edge_behind", model: "m", wanted: 7, served: 6, waitedSeconds: 1 },
  });
});

it("does not go on asking an edge that does not answer", async () => {
  const failure = { reason: "unreachable", peer: "edge", url: "u", detail: "d" } as const;
  expect(
    await waitForEdge({ model: "m", generation: 1, served: () => Promise.resolve(fail(failure)), monotonicMs: () => 0 }),
  ).toEqual({
    ok: false,
    failure,
  });
});
