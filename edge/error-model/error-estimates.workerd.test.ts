/** Estimates from a real error model in the real runtime: the sums are those of a recomputation, and whatever is wrong is no estimate but a counted reason. */
import { describe, expect, it } from "vitest";
import { artifactKey, releaseKey } from "../../contract/names.ts";
import { IDLE_QUEUE_JOBS_MAX, IDLE_ROWS_MAX } from "../../contract/limits.ts";
import { ESTIMATE_ROW_OUTCOMES, type EstimateRowOutcome } from "../../contract/metric-names.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import { seriesText } from "../../contract/series-text.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { IdleQueue } from "../idle/idle-queue.ts";
import { Recorder } from "../metrics/recorder.ts";
import {
  digestOf,
  env,
  errorModelBytes,
  exampleAnswer,
  exampleRows,
  expectedSquare,
  observedLine,
  putVersion,
  sign,
  unsignedRelease,
} from "../release/release.fixture.ts";
import { retireVersion } from "../release/load-version.ts";
import { ErrorEstimates } from "./error-estimates.ts";

const model = "estimated";
const version = "v1";
let generation = 0;

type ErrorModel = NonNullable<ReleaseTarget["errorModel"]>;

async function putErrorModel(bytes: Uint8Array): Promise<ErrorModel> {
  const sha256 = await digestOf(bytes);
  const key = artifactKey(model, sha256);
  await env.MODELS.put(key, bytes);
  return { key, sha256, bytes: bytes.byteLength };
}

/** v1 as a line serves it with this error model, and what is counted of estimates. */
async function serving(errorModel: ErrorModel | undefined) {
  const target = { ...(await putVersion(model, version)), ...(errorModel && { errorModel }) };
  await env.RELEASES.put(releaseKey(model), JSON.stringify(await sign(unsignedRelease(model, ++generation, target))));
  const { line, refresh, refusals } = observedLine(model);
  await refresh();
  expect(refusals).toEqual([]);
  const loaded = line.serving?.stable;
  if (!loaded) throw new Error("the version does not serve");
  const recorder = new Recorder("00000000-0000-4000-8000-000000000002");
  const estimates = new ErrorEstimates(recorder, new IdleQueue(Date.now, async () => undefined));
  const work: Promise<unknown>[] = [];
  return {
    loaded,
    add: (inputs: Tensor, outputs: Tensor) =>
      estimates.add(
        { model, generation, loaded, isLive: true, shadow: undefined },
        [inputs],
        [outputs],
        (promise) => void work.push(promise),
      ),
    counted: async (): Promise<{ rows: Partial<Record<EstimateRowOutcome, number>>; squaredError: number }> => {
      await Promise.all(work);
      const totals = recorder.totals();
      const rows: Partial<Record<EstimateRowOutcome, number>> = {};
      for (const outcome of ESTIMATE_ROW_OUTCOMES) {
        const total = totals[seriesText("rmse_estimate_rows_total", { model, version, outcome })];
        if (total !== undefined) rows[outcome] = total;
      }
      return { rows, squaredError: totals[seriesText("rmse_estimate_squared_error_total", { model, version })] ?? 0 };
    },
  };
}

const rowsOf = (tensor: Tensor, width: number): number[][] =>
  Array.from({ length: tensor.data.length / width }, (_, row) =>
    Array.from((tensor.data as Float32Array).subarray(row * width, (row + 1) * width)),
  );

describe("estimates of errors", () => {
  it("are the sum of what the error model expects of each row and its prediction, a negative one as 0", async () => {
    const { add, counted } = await serving(await putErrorModel(errorModelBytes));
    const answer = await exampleAnswer(version);
    add(exampleRows, answer);
    add(exampleRows, answer);
    const predictions = Array.from(answer.data as Float32Array);
    const each = rowsOf(exampleRows, 12).map((features, row) => expectedSquare(features, predictions[row] as number));
    // Leaves of both signs are met, or the clamp would not be tried.
    expect([Math.min(...each) < 0, Math.max(...each) > 0]).toEqual([true, true]);
    const sum = each.reduce((total, value) => total + Math.max(0, value), 0);
    const { rows, squaredError } = await counted();
    expect(rows).toEqual({ estimated: 32 });
    expect(Math.abs(squaredError / (2 * sum) - 1)).toBeLessThan(1e-9);
  });

  it("are none of a version without an error model, and nothing is counted", async () => {
    const { add, counted } = await serving(undefined);
    add(exampleRows, await exampleAnswer(version));
    expect(await counted()).toEqual({ rows: {}, squaredError: 0 });
  });

  it("are none of a row whose prediction is no number, and all of the others", async () => {
    const { add, counted } = await serving(await putErrorModel(errorModelBytes));
    const answer = await exampleAnswer(version);
    const data = Float32Array.from(answer.data as Float32Array);
    data[3] = NaN;
    add(exampleRows, { ...answer, data });
    const { rows, squaredError } = await counted();
    expect(rows).toEqual({ estimated: 15, not_finite: 1 });
    expect(squaredError).toBeGreaterThan(0);
  });

  it.each([
    [
      "is not in storage",
      "error_model_absent",
      async () => ({ key: artifactKey(model, "0".repeat(64)), sha256: "0".repeat(64), bytes: 100 }),
    ],
    [
      "has other bytes",
      "error_model_differs",
      async () => ({ ...(await putErrorModel(errorModelBytes)), sha256: "1".repeat(64) }),
    ],
    ["is no model", "error_model_unusable", async () => putErrorModel(new TextEncoder().encode("no model"))],
    ["is too large", "error_model_unusable", async () => ({ ...(await putErrorModel(errorModelBytes)), bytes: 2 ** 30 })],
  ] as const)(
    "are none where the error model %s: the version serves, and its rows are counted as such",
    async (_, outcome, put) => {
      const { loaded, add, counted } = await serving(await put());
      const [answer] = loaded.session.run([exampleRows]) as [Tensor];
      expect(answer.data).toEqual((await exampleAnswer(version)).data);
      add(exampleRows, answer);
      expect(await counted()).toEqual({ rows: { [outcome]: 16 }, squaredError: 0 });
    },
  );

  it("leave out what the isolate has no time for, and what another release took the place of, by name", async () => {
    const { loaded, add, counted } = await serving(await putErrorModel(errorModelBytes));
    const answer = await exampleAnswer(version);
    const many = IDLE_ROWS_MAX + 1;
    add(
      { ...exampleRows, shape: [many, 12], data: new Float32Array(many * 12) },
      { ...answer, shape: [many, 1], data: new Float32Array(many) },
    );
    for (let at = 0; at < IDLE_QUEUE_JOBS_MAX + 2; at++) add(exampleRows, answer);
    retireVersion(loaded);
    expect(await counted()).toEqual({
      rows: { too_large: many, behind: 32, retired: 16 * IDLE_QUEUE_JOBS_MAX },
      squaredError: 0,
    });
  });
});
