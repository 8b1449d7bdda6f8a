import { expect, it } from "vitest";
import { convergence, type ConvergenceState } from "./convergence.ts";

const series = (generation: number, colo: string): string =>
  `release_requests_total{colo="${colo}",generation="${generation}",model="m",version="v${generation}"}`;
const counts = (entries: [number, string, number][]): Map<string, number> =>
  new Map(entries.map(([generation, colo, value]) => [series(generation, colo), value]));
const published = [{ model: "m", generation: 2, publishedAtMs: 10_000 }];

it("says the share of requests and of data centres on the newest generation, and the seconds to 99 %", () => {
  let state: ConvergenceState = convergence(undefined, counts([[1, "FRA", 50]]), [], 5_000);
  state = convergence(
    state,
    counts([
      [1, "FRA", 60],
      [2, "FRA", 10],
      [2, "AMS", 20],
    ]),
    published,
    15_000,
  );
  expect(state.models.get("m")).toMatchObject({ ratio: 0.75, colos: { newest: 1, behind: 1 }, seconds: undefined });
  state = convergence(
    state,
    counts([
      [1, "FRA", 60],
      [2, "FRA", 10],
      [2, "AMS", 20],
    ]),
    published,
    20_000,
  );
  expect(state.models.get("m")).toMatchObject({ ratio: undefined, seconds: undefined });
  state = convergence(
    state,
    counts([
      [1, "FRA", 61],
      [2, "FRA", 109],
      [2, "AMS", 20],
    ]),
    published,
    25_000,
  );
  expect(state.models.get("m")).toMatchObject({ ratio: 0.99, seconds: 15 });
  state = convergence(
    state,
    counts([
      [1, "FRA", 161],
      [2, "FRA", 109],
      [2, "AMS", 20],
    ]),
    published,
    30_000,
  );
  expect(state.models.get("m")).toMatchObject({ ratio: 0, seconds: 15, colos: { newest: 0, behind: 1 } });
});

it("claims no duration for a release that was published before anyone looked", () => {
  let state = convergence(undefined, counts([]), published, 50_000);
  state = convergence(state, counts([[2, "FRA", 100]]), published, 55_000);
  expect(state.models.get("m")).toMatchObject({ ratio: 1, seconds: undefined });
});
