/** The distribution of predictions in a canary's analysis: the verdict on counts, and what it does to a rollout against the real registry. */
import { afterEach, describe, expect, it } from "vitest";
import { succeed } from "../../contract/result.ts";
import { hourOf } from "../../contract/drift-window.ts";
import { rolloutThresholds } from "../api/rollout-schemas.ts";
import { storeWindows } from "../drift/window-records.ts";
import { startTestLine, type TestLine } from "../testing/test-line.ts";
import type { CountedPredictions } from "./distribution-distance.ts";
import { judgePredictions } from "./judge-predictions.ts";

/** Ten equal bins from `from` to `from + 10`. */
const numbers = (from: number, counts: readonly number[] = Array.from({ length: 10 }, () => 100)) => ({
  kind: "numeric" as const,
  min: from,
  max: from + 10,
  edges: Array.from({ length: 9 }, (_, at) => from + at + 1),
  counts: [0, ...counts, 0, 0],
});
const counted = (counts: number[], from = 0): CountedPredictions => ({ reference: numbers(from), counts: [0, ...counts, 0, 0] });
const even = (rows: number): number[] => Array.from({ length: 10 }, () => rows / 10);
/** `share` of the rows of each but the last bin have gone to the last. */
const moved = (rows: number, share: number): number[] =>
  even(rows).map((count, at) => (at === 9 ? count + 9 * count * share : count * (1 - share)));

describe("the predictions of a canary", () => {
  const judged = (stable: number[], canary: number[], thresholds: object = {}) =>
    judgePredictions({ stable: counted(stable), canary: counted(canary) }, rolloutThresholds.parse(thresholds));

  it.each([
    // Within a bin, a tenth of the rows here, nothing is known.
    ["like stable's", even(100_000), "pass"],
    ["surely elsewhere", moved(100_000, 0.5), "fail"],
    ["near the limit", moved(100_000, 0.2), "inconclusive"],
    ["elsewhere, and too few to be sure", moved(1000, 0.25), "inconclusive"],
  ])("%s are a finding", (_name, canary, outcome) => {
    expect(judged(even(900_000), canary)).toMatchObject({ finding: { metric: "predictions", outcome } });
  });

  it.each([
    [
      "too few of the canary",
      even(900_000),
      even(990),
      "990 of the canary and 900000 of stable were counted, 1000 of each are needed",
    ],
    ["none of stable", even(0), even(100_000), "100000 of the canary and 0 of stable"],
    ["NaN", even(Number.NaN), even(100_000), "NaN of stable"],
  ])("%s are no finding but a note, and inconclusive where the plan says so", (_name, stable, canary, why) => {
    expect(judged(stable, canary)).toEqual({ note: expect.stringContaining(why) });
    expect(judged(stable, canary, { mustComparePredictions: true })).toMatchObject({
      finding: { metric: "predictions", outcome: "inconclusive", text: expect.stringContaining(why) },
    });
  });

  it("of another kind than stable's are not compared", () => {
    const classes: CountedPredictions = {
      reference: { kind: "categorical", categories: ["a"], counts: [1, 0, 0] },
      counts: [9000, 0, 0],
    };
    const found = judgePredictions({ stable: counted(even(9000)), canary: classes }, rolloutThresholds.parse({}));
    expect(found).toEqual({ note: expect.stringContaining("one version predicts numbers and the other classes") });
  });
});

describe("a rollout", () => {
  let line: TestLine;
  afterEach(() => line.plane.close());

  /** v1 counts over 0 to 10; v2's own reference lies half a bin higher, so that no edge is the same. */
  const withReference = (number: number) => ({
    reference: {
      rows: 1000,
      source: "a test",
      features: {},
      prediction: { output: "y", rows: 1000, reference: numbers(number === 1 ? 0 : 0.5) },
    },
  });

  /** As the collector stores what shards of the edge told: cumulative, by the version's own cells. */
  async function collected(version: string, counts: number[]): Promise<void> {
    const { body } = await line.plane.call("GET", `/api/models/m/versions/${version}`);
    const manifest = (body as { manifest: { sha256: string } }).manifest.sha256;
    const flat = [0, ...counts, 0, 0];
    const rows = flat.reduce((sum, count) => sum + count, 0);
    const hour = hourOf(Date.now());
    const told = {
      schema: 1 as const,
      shard: Number(version.slice(1)),
      createdAt: new Date(0).toISOString(),
      windows: [{ model: "m", version, manifest, region: "FRA", hour, rows, counts: flat }],
    };
    const { registry } = line.plane.controlPlane.registration;
    await registry.write(async (db) => succeed(await storeWindows(db, told, [hour - 1, hour + 1], new Date())));
  }
  const goodCounts = (): void => {
    line.count("v1", 9000);
    line.count("v2", 1000);
  };

  it("is taken back when its canary predicts something else, counted since the step's first look, over other edges than stable's", async () => {
    line = await startTestLine(withReference);
    // Told only when it is asked for: what was counted before, and was on its way.
    line.setWindowsToldAtBaseline(() => collected("v1", [500_000, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await line.begin();
    goodCounts();
    await collected(
      "v1",
      even(90_000).map((count, at) => count + (at === 0 ? 500_000 : 0)),
    );
    await collected("v2", moved(10_000, 0.9));
    await line.lookAfter(1);
    const { state, events } = await line.shown();
    expect(state).toBe("aborted");
    expect(events.at(-1).reason).toMatch(
      /^predictions: \d+\.\d % to \d+\.\d % of 10000 predictions are elsewhere than stable's 90000/,
    );
  });

  it("goes on when it predicts alike", async () => {
    line = await startTestLine(withReference);
    await line.begin({ thresholds: { predictionDistanceMax: 0.4 } });
    goodCounts();
    await collected("v1", even(90_000));
    await collected("v2", even(10_000));
    await line.lookAfter(11);
    const { step, events } = await line.shown();
    expect(step).toBe(1);
    expect(events[1].evidence.findings).toContainEqual(expect.objectContaining({ metric: "predictions", outcome: "pass" }));
  });

  it.each([
    ["without a reference", () => ({}), {}, "v1 was registered without a reference of its prediction"],
    ["without counts", withReference, {}, "0 of the canary and 0 of stable were counted"],
    ["of a cohort", withReference, { cohort: { countries: ["DE"] } }, "the canary answers callers of some places only"],
  ])("%s goes on and says what it did not compare, and waits for a person where it must", async (_name, metadata, more, why) => {
    line = await startTestLine(metadata);
    await line.begin(more);
    goodCounts();
    await line.lookAfter(11);
    const { step, events } = await line.shown();
    expect(step).toBe(1);
    expect(events[1].evidence.notes).toEqual([expect.stringContaining(why)]);
    await line.act("abort");
    await line.begin({ ...more, thresholds: { mustComparePredictions: true } });
    goodCounts();
    await line.lookAfter(31);
    const waiting = await line.shown();
    expect(waiting).toMatchObject({ state: "paused", step: 0 });
    expect(waiting.events.at(-1).reason).toContain(why);
  });
});
