/**
 * The canary's split and the shadow's counts on the built Worker: several isolates that share KV and R2, a restart, real models. The shadow's oracle is
 * onnxruntime-node, another build of the runtime, over the same rows; without ../shared the rows are the example's.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DIFFERENCE_BUCKETS } from "../contract/metric-names.ts";
import { edgeMetricsAnswer } from "../contract/metric-flush.ts";
import type { CanaryTarget, ReleaseTarget, UnsignedRelease } from "../contract/release.ts";
import { bucketLabel, seriesText } from "../contract/series-text.ts";
import { buildWorker, startDirectEdge, type BuiltWorker, type DirectEdge } from "../ops/direct-edge/direct-edge.ts";
import { pm25Manifest, readArtifact, readGolden } from "./harness/pm25.ts";
import { makeKeys, putRelease, putVersion, signRelease } from "./harness/publish.ts";
import { scaled } from "./harness/scale.ts";

const CALLERS = scaled({ full: 50_000, quick: 500 });
/** Of the shadowed requests. */
const AT_A_TIME = 250;
const SHADOWED = scaled({ full: 5_000, quick: 120 });
const PARALLEL = 12;
const model = "pm25_predictor";
const edgeToken = "edge-token-of-the-tests";
const golden = readGolden();
const rows = golden?.rows ?? [];
const keys = makeKeys();
let directory: string;
let built: BuiltWorker;
let edge: DirectEdge;
let stable: ReleaseTarget;
let other: ReleaseTarget;
let generation = 0;

async function startEdge(): Promise<void> {
  edge = await startDirectEdge(built, {
    publicKeys: [keys.publicKey],
    edgeToken,
    isolates: 3,
    persistTo: directory,
    vars: { RELEASE_REFRESH_SECONDS: "0.2" },
  });
}

beforeAll(async () => {
  if (!golden) return;
  directory = mkdtempSync(join(tmpdir(), "edgewise-canary-"));
  built = await buildWorker();
  await startEdge();
  stable = await putVersion(edge, readArtifact("v1"), pm25Manifest(model, "v1", golden));
  other = await putVersion(edge, readArtifact("v2"), pm25Manifest(model, "v2", golden));
});

afterAll(async () => {
  await edge?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

/** Publishes the next generation and waits until every isolate serves it. */
async function release(more: Partial<UnsignedRelease>): Promise<void> {
  generation++;
  const issuedAt = new Date().toISOString();
  const unsigned = { schema: 1, model, generation, issuedAt, stable, canary: null, shadow: null, ...more } as const;
  await putRelease(edge, signRelease(unsigned, keys));
  await isServed();
}

/** Asks by version, which neither the split nor the shadow touches. */
async function isServed(): Promise<void> {
  for (const origin of edge.origins) {
    const probe = (): Promise<Response> => predict(origin, "a probe", { version: "v1" });
    await expect
      .poll(async () => (await probe()).headers.get("x-release-generation"), { timeout: 20_000 })
      .toBe(String(generation));
  }
}

const predict = (origin: string, key: string, more: { version?: string; instances?: unknown[] } = {}): Promise<Response> =>
  fetch(`${origin}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-edgewise-key": key },
    body: JSON.stringify({ model, instances: rows.slice(0, 1), ...more }),
  });

/** Runs `work` for 0 … count − 1, several at a time. */
async function inParallel(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

/** The version that each caller is answered by, each at an isolate of its own turn. Throws on any answer but 200. */
async function versionsOfCallers(shift: number): Promise<string[]> {
  const versions: string[] = [];
  await inParallel(CALLERS, async (caller) => {
    const response = await predict(edge.origins[(caller + shift) % edge.origins.length] as string, `caller ${caller}`);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    versions[caller] = response.headers.get("x-model-version") ?? "";
  });
  return versions;
}

const canary = (percent: number): { canary: CanaryTarget } => ({ canary: { ...other, percent, rollout: 7 } });

describe.skipIf(!golden)("a canary at 10 % (skipped without ../shared)", () => {
  it("takes its share of the callers, each of whom stays on its version at every isolate, over a restart and over the steps", async () => {
    await release(canary(10));
    const first = await versionsOfCallers(0);
    const onCanary = first.filter((version) => version === "v2").length;
    console.log(`${onCanary} of ${CALLERS} callers on the canary at 10 %`);
    expect(Math.abs(onCanary - CALLERS * 0.1)).toBeLessThan(4 * Math.sqrt(CALLERS * 0.1 * 0.9));
    expect(await versionsOfCallers(1)).toEqual(first);

    await edge.stop();
    await startEdge();
    await isServed();
    expect(await versionsOfCallers(2)).toEqual(first);

    await release(canary(50));
    const grown = await versionsOfCallers(0);
    expect(first.filter((version, caller) => version === "v2" && grown[caller] !== "v2")).toEqual([]);
    const half = grown.filter((version) => version === "v2").length;
    expect(Math.abs(half - CALLERS * 0.5)).toBeLessThan(4 * Math.sqrt(CALLERS * 0.25));

    await release({});
    expect(new Set(await versionsOfCallers(1))).toEqual(new Set(["v1"]));
  });

  it("splits V2 infer as it splits /predict, and leaves a caller without a key on stable", async () => {
    await release(canary(100));
    const infer = async (headers: Record<string, string>): Promise<string | null> => {
      const input = { name: "features", shape: [1, 12], datatype: "FP32", data: Array.from({ length: 12 }, () => 1) };
      const body = JSON.stringify({ inputs: [input] });
      const response = await fetch(`${edge.origins[0]}/v2/models/${model}/infer`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
      return response.headers.get("x-model-version");
    };
    expect(await infer({ "x-edgewise-key": "somebody" })).toBe("v2");
    expect(await infer({ "cf-connecting-ip": "192.0.2.7" })).toBe("v2");
    expect(await infer({})).toBe("v1");
  });
});

describe.skipIf(!golden)("a shadow (skipped without ../shared)", () => {
  it("is counted as a recomputation from the same inputs counts it, and never answers", async () => {
    const tolerance = { absolute: 1, relative: 0.1 };
    await release({ shadow: { ...other, tolerance } });
    const before = await shadowCounts();
    const batches = Array.from({ length: SHADOWED }, (_, at) => {
      const start = (at * 7) % rows.length;
      return rows.slice(start, start + 1 + (at % 3));
    });
    const requests = (outcome: string): string => seriesText("shadow_requests_total", { model, version: "v2", outcome });
    const since = async (): Promise<(series: string) => number> => {
      const counts = await shadowCounts();
      return (series) => (counts.get(series) ?? 0) - (before.get(series) ?? 0);
    };
    // No more at a time than a queue holds: a shadow of saturated isolates leaves answers out, and counts them as `behind`.
    for (let sent = 0; sent < batches.length; sent += AT_A_TIME) {
      const count = Math.min(AT_A_TIME, batches.length - sent);
      await inParallel(count, async (at) => {
        const number = sent + at;
        const response = await predict(edge.origins[number % edge.origins.length] as string, `caller ${number}`, {
          instances: batches[number] ?? [],
        });
        expect(response.headers.get("x-model-version")).toBe("v1");
        await response.arrayBuffer();
      });
      await expect.poll(async () => (await since())(requests("scored")), { timeout: 60_000 }).toBe(sent + count);
    }

    const counted = await since();
    const scored = batches.flat();
    const [answers, shadows] = [await recomputed("v1", batches), await recomputed("v2", batches)];
    const differences = answers.map((answer, at) => (shadows[at] as number) - answer);
    const isWithin = (at: number): boolean =>
      Math.abs(differences[at] as number) <= tolerance.absolute + tolerance.relative * Math.abs(answers[at] as number);
    const agreed = scored.filter((_, at) => isWithin(at)).length;
    const rowsOf = (outcome: string): number => counted(seriesText("shadow_rows_total", { model, version: "v2", outcome }));
    expect([rowsOf("agreed"), rowsOf("disagreed")]).toEqual([agreed, scored.length - agreed]);
    expect([rowsOf("output_not_finite"), rowsOf("inference_failed"), counted(requests("behind"))]).toEqual([0, 0, 0]);
    for (const direction of ["higher", "lower"]) {
      const sizes = differences.filter((size) => size < 0 === (direction === "lower")).map(Math.abs);
      const labels = { model, version: "v2", direction };
      for (const bound of [...DIFFERENCE_BUCKETS, Infinity]) {
        const series = seriesText("shadow_difference_bucket", { ...labels, le: bucketLabel(bound) });
        expect([direction, bound, counted(series)]).toEqual([direction, bound, sizes.filter((size) => size <= bound).length]);
      }
      const sum = sizes.reduce((total, size) => total + size, 0);
      expect(counted(seriesText("shadow_difference_sum", labels)) / sum).toBeCloseTo(1, 9);
    }
    console.log(`${scored.length} rows in ${batches.length} answers: ${agreed} agreed, ${scored.length - agreed} disagreed`);
  });
});

/** Counters of all shards. */
async function shadowCounts(): Promise<Map<string, number>> {
  const response = await fetch(`${edge.origins[0]}/internal/metrics`, { headers: { authorization: `Bearer ${edgeToken}` } });
  const counts = new Map<string, number>();
  for (const shard of edgeMetricsAnswer.parse(await response.json()).shards) {
    if ("silent" in shard) throw new Error(`shard ${shard.shard} is silent`);
    for (const [series, value] of shard.counters) counts.set(series, (counts.get(series) ?? 0) + value);
  }
  return counts;
}

/** Batch by batch, because onnxruntime adds up the trees of one row in another order than those of many. */
async function recomputed(version: "v1" | "v2", batches: readonly (number | null)[][][]): Promise<number[]> {
  const session = await InferenceSession.create(readFileSync(join(import.meta.dirname, `../examples/pm25/pm25-${version}.onnx`)));
  const answers: number[] = [];
  for (const batch of batches) {
    const data = Float32Array.from(batch.flat().map((value) => value ?? NaN));
    const outputs = await session.run({ features: new Tensor("float32", data, [batch.length, 12]) }, ["pm25"]);
    answers.push(...(outputs["pm25"]?.data as Float32Array));
  }
  return answers;
}
