/**
 * Live equals file: rows through the real Worker and its Durable Objects, whose windows give the same PSI, to the last digit, as the drift job's
 * functions on the very same rows in memory, and KS bounds that contain the exact value. A million rows at full scale.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { PREDICTION, type DriftReference } from "../contract/drift-reference.ts";
import { edgeWindowsAnswer, HOUR_MS } from "../contract/drift-window.ts";
import { numericCell, type NumericReference } from "../contract/drift-bins.ts";
import { windowLayout } from "../contract/window-layout.ts";
import { readingDictionary, readingSource } from "../control-plane/cli/traffic/readings.ts";
import { seededRandom } from "../control-plane/cli/traffic/random.ts";
import { LIVE_DRIFT_RULE } from "../control-plane/drift/live-rule.ts";
import { cellsOf } from "../control-plane/drift/version-reference.ts";
import { ksBounds } from "../drift-job/statistics/ks-bounds.ts";
import { psiOfFeature } from "../drift-job/statistics/psi.ts";
import { countIntoCells, numericReference } from "../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../drift-job/statistics/sorted-sample.ts";
import { twoSampleKs } from "../drift-job/statistics/two-sample-ks.ts";
import { buildWorker, startDirectEdge, type DirectEdge } from "../ops/direct-edge/direct-edge.ts";
import { makeKeys, putRelease, putStaged, putVersion, signRelease } from "./harness/publish.ts";
import { pm25Manifest, readArtifact, readGolden } from "./harness/pm25.ts";
import { scaled } from "./harness/scale.ts";

const ROWS = scaled({ full: 1_000_000, quick: 15_000 });
const REFERENCE_ROWS = scaled({ full: 200_000, quick: 10_000 });
const BATCH = 2_500;
const ISOLATES = 2;
const model = "pm25_predictor";
const edgeToken = "edge-token-of-the-tests";
const golden = readGolden();
const { psiBins, psiFloor } = LIVE_DRIFT_RULE;

const features = golden?.features ?? [];
/** The reference's own rows, by feature; the current rows and predictions as they were sent and answered. */
const referenceColumns = new Map<string, number[]>();
const currentColumns = new Map<string, number[]>([...features, PREDICTION].map((name) => [name, []]));
let edge: DirectEdge;
let reference: DriftReference;
let counts: number[];
let seenRows = 0;

/** Made-up readings; `shift` moves PM10 and CO, so that there is drift to be measured. NaN is missing. */
function* readings(seed: number, count: number, shift: number): Generator<number[]> {
  const dictionary = readingDictionary.parse(
    JSON.parse(readFileSync(join(import.meta.dirname, "../examples/pm25/readings.json"), "utf8")),
  );
  const next = readingSource(dictionary, seededRandom(seed));
  for (let row = 0; row < count; row++) {
    const reading = next();
    yield features.map((name) => {
      const value = reading[name] ?? Number.NaN;
      return name === "PM10" || name === "CO" ? value * (1 + shift) : value;
    });
  }
}

const split = (values: readonly number[]): { sorted: ReturnType<typeof sortSample>; missing: number } => {
  const present = Float64Array.from(values.filter((value) => !Number.isNaN(value)));
  return { sorted: sortSample(present), missing: values.length - present.length };
};

/** What a caller gets for rows sent to one isolate, as /predict or V2 infer; an operator, where a staged version is named. */
async function predict(rows: number[][], at: number, staged?: string): Promise<number[]> {
  const origin = edge.origins[at % ISOLATES] as string;
  const isInfer = at % 5 === 4;
  const instances = rows.map((row) => row.map((value) => (Number.isNaN(value) ? null : value)));
  const body = isInfer
    ? { inputs: [{ name: "features", shape: [rows.length, features.length], datatype: "FP32", data: instances.flat() }] }
    : { model, instances, ...(staged !== undefined && { version: staged }) };
  const inferPath = `/v2/models/${model}${staged === undefined ? "" : `/versions/${staged}`}/infer`;
  const response = await fetch(origin + (isInfer ? inferPath : "/predict"), {
    method: "POST",
    headers: staged === undefined ? {} : { authorization: `Bearer ${edgeToken}` },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { predictions: number[]; outputs: { data: number[] }[]; error?: string };
  if (!response.ok) throw new Error(answer.error);
  return isInfer ? (answer.outputs[0]?.data ?? []) : answer.predictions;
}

/** All windows of the last hours, added up over shards. Waits for the isolates' last flushes. */
async function windowCounts(): Promise<{ rows: number; counts: number[] }> {
  const [from, to] = [-2, 2].map((hours) => new Date(Date.now() + hours * HOUR_MS).toISOString());
  for (let before = -1; ; await sleep(1_200)) {
    const response = await fetch(`${edge.origins[0]}/internal/windows?from=${from}&to=${to}`, {
      headers: { authorization: `Bearer ${edgeToken}` },
    });
    const { shards } = edgeWindowsAnswer.parse(await response.json());
    const windows = shards.flatMap((shard) => ("silent" in shard ? [] : shard.windows));
    const sum: number[] = [];
    let rows = 0;
    for (const window of windows) {
      rows += window.rows;
      for (const [cell, count] of window.counts.entries()) sum[cell] = (sum[cell] ?? 0) + count;
    }
    if (rows === before) return { rows, counts: Array.from(sum, (count) => count ?? 0) };
    before = rows;
  }
}

beforeAll(async () => {
  if (!golden) return;
  const keys = makeKeys();
  edge = await startDirectEdge(await buildWorker(), { publicKeys: [keys.publicKey], edgeToken, isolates: ISOLATES });
  for (const name of features) referenceColumns.set(name, []);
  for (const row of readings(1, REFERENCE_ROWS, 0)) {
    for (const [column, name] of features.entries()) referenceColumns.get(name)?.push(row[column] as number);
  }
  referenceColumns.set(PREDICTION, golden.expected.v1.map(Math.fround));
  const referenceOf = (name: string): NumericReference => {
    const { sorted, missing } = split(referenceColumns.get(name) as number[]);
    return numericReference(sorted, missing);
  };
  reference = {
    rows: REFERENCE_ROWS,
    source: "made-up readings",
    features: Object.fromEntries(features.map((name) => [name, referenceOf(name)])),
    prediction: { output: "pm25", rows: golden.expected.v1.length, reference: referenceOf(PREDICTION) },
    keyFeatures: [],
  };
  const stable = await putVersion(edge, readArtifact("v1"), { ...pm25Manifest(model, "v1", golden), reference });
  const issuedAt = new Date().toISOString();
  const release = { schema: 1, model, generation: 1, issuedAt, stable, canary: null, shadow: null } as const;
  await putRelease(edge, signRelease(release, keys));
  const rows = [...readings(2, ROWS, 0.15)];
  const batches = Array.from({ length: Math.ceil(ROWS / BATCH) }, (_, at) => rows.slice(at * BATCH, (at + 1) * BATCH));
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (next < batches.length) {
        const at = next++;
        const batch = batches[at] as number[][];
        const predictions = await predict(batch, at);
        for (const [index, row] of batch.entries()) {
          for (const [column, name] of features.entries()) currentColumns.get(name)?.push(row[column] as number);
          currentColumns.get(PREDICTION)?.push(predictions[index] as number);
        }
      }
    }),
  );
  // Refused requests answered nothing and count for nothing; nor does what an operator asks a staged version.
  await expect(predict([[1, 2]], 0)).rejects.toThrow();
  const target = await putVersion(edge, readArtifact("v2"), { ...pm25Manifest(model, "v2", golden), reference });
  await putStaged(edge, { schema: 1, kind: "staged", model, issuedAt, target }, keys);
  for (const at of [3, 4]) await predict([...readings(3, 100, 0)], at, "v2");
  ({ rows: seenRows, counts } = await windowCounts());
}, 1_200_000);

afterAll(async () => edge?.stop());

describe.skipIf(!golden)("live drift (skipped without ../shared)", () => {
  it("tells windows only to who has the token, and of a span that it can answer for", async () => {
    const ask = async (query: string, token: string | undefined): Promise<[number, string]> => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${edge.origins[0]}/internal/windows${query}`, { headers });
      const { code = "" } = (await response.json()) as { code?: string };
      return [response.status, code];
    };
    const span = "?from=2026-11-23T10:00:00Z&to=2026-11-23T12:00:00Z";
    expect(await ask(span, undefined)).toEqual([401, "token_missing"]);
    expect(await ask(span, "wrong")).toEqual([401, "token_invalid"]);
    expect(await ask(span, edgeToken)).toEqual([200, ""]);
    for (const query of [
      "",
      "?from=yesterday&to=today",
      "?from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:00Z",
      "?from=2026-11-23T10:00:00Z&to=2026-11-25T10:00:00Z",
    ]) {
      expect(await ask(query, edgeToken), query).toEqual([400, "query_invalid"]);
    }
  });

  it(`counts every row of ${ROWS} once, and gives the file job's PSI to the last digit and KS bounds around its value`, () => {
    expect(seenRows).toBe(ROWS);
    const layout = windowLayout([{ name: "features", datatype: "FP32", shape: [-1, 12], features, missing: "nan" }], reference);
    expect(layout.map(({ name }) => name)).toEqual([...features, PREDICTION]);
    const lines: string[] = [];
    for (const feature of layout) {
      const of = feature.reference as NumericReference;
      const values = currentColumns.get(feature.name) as number[];
      const live = cellsOf(feature, counts);
      const { sorted, missing } = split(values);
      expect(live, feature.name).toEqual(countIntoCells(of, sorted, missing));
      // Row by row, too: the other way to the same counts.
      const byRow = of.counts.map(() => 0);
      for (const value of values) byRow[numericCell(of, value)]!++;
      expect(live).toEqual(byRow);
      const livePsi = psiOfFeature(of, live, psiBins, psiFloor).psi;
      const filePsi = psiOfFeature(of, countIntoCells(of, sorted, missing), psiBins, psiFloor).psi;
      expect(Object.is(livePsi, filePsi), `${feature.name}: ${livePsi} and ${filePsi}`).toBe(true);
      const bounds = ksBounds(of, live);
      const exact = twoSampleKs(split(referenceColumns.get(feature.name) as number[]).sorted, sorted).statistic;
      expect(bounds?.low, feature.name).toBeLessThanOrEqual(exact);
      expect(bounds?.high, feature.name).toBeGreaterThanOrEqual(exact);
      lines.push(
        `${feature.name.padEnd(10)} PSI ${livePsi}  KS ${exact.toFixed(6)} in [${bounds?.low.toFixed(6)}, ${bounds?.high.toFixed(6)}]`,
      );
    }
    console.log([`${ROWS} rows through ${ISOLATES} isolates:`, ...lines].join("\n"));
    const psi = (name: string) =>
      psiOfFeature(
        reference.features[name] as NumericReference,
        cellsOf(
          layout.find((feature) => feature.name === name)!,
          counts,
        ),
        psiBins,
        psiFloor,
      ).psi;
    expect(psi("PM10")).toBeGreaterThan(5 * psi("TEMP"));
  });
});
