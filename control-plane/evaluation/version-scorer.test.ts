/** What one version's outputs become, and which of them keep it from being judged. The model is a stub: only what it answers matters here. */
import { expect, it } from "vitest";
import { succeed } from "../../contract/result.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { Probe } from "../inspection/probe.ts";
import type { PredictionOutput } from "./prediction-output.ts";
import { VersionScorer } from "./version-scorer.ts";

const NUMBER: PredictionOutput = { task: "regression", output: "y" };
const CLASSES: PredictionOutput = { task: "classification", kind: "probabilities", output: "y", labels: ["a", "b"] };

/** A version whose model answers with this. */
function answering(output: PredictionOutput, shape: number[], data: number[]): VersionScorer {
  const tensor: Tensor = { name: "y", datatype: "FP32", shape, data: Float32Array.from(data) };
  const probe = { run: () => Promise.resolve(succeed([tensor])) } as unknown as Probe;
  return new VersionScorer("v2", { encode: () => succeed([]), probe, output });
}

it.each([
  ["NaN", Number.NaN],
  ["infinite", Infinity],
  ["negatively infinite", -Infinity],
])("counts a number that is %s as none, from the first row on", async (_name, wrong) => {
  const scorer = answering(NUMBER, [3, 1], [1, wrong, wrong]);
  const predicted = await scorer.predict([[1], [2], [3]], 11);
  expect(predicted.ok && predicted.value.map(({ isFinite }) => isFinite)).toEqual([true, false, false]);
  expect(scorer.gap).toEqual({ reason: "predictions_not_finite", version: "v2", rows: 2, firstRow: 12 });
});

it("counts a class's probability that is NaN as no prediction, whichever class it is of", async () => {
  const scorer = answering(CLASSES, [4, 2], [0.7, 0.3, Number.NaN, 0.3, 0.7, Number.NaN, 0.2, 0.8]);
  const predicted = await scorer.predict([[1], [2], [3], [4]], 1);
  expect(predicted.ok && predicted.value.map((one) => one.isFinite && one.label)).toEqual(["a", false, false, "b"]);
  expect(scorer.gap).toEqual({ reason: "predictions_not_finite", version: "v2", rows: 2, firstRow: 2 });
});

it("can be judged where all are numbers, and fails where they are not one for each row", async () => {
  const scorer = answering(NUMBER, [2, 1], [1, 2]);
  expect((await scorer.predict([[1], [2]], 1)).ok).toBe(true);
  expect(scorer.gap).toBeUndefined();
  expect(await scorer.predict([[1], [2], [3]], 1)).toMatchObject({
    ok: false,
    failure: { reason: "scoring_failed", version: "v2", detail: expect.stringContaining("for 3 rows") },
  });
});
