/**
 * A stream of made-up readings in which one feature shifts at hour 30, and one of the same length that stays as it is: counted by the edge's code, collected, looked at by
 * the schedule on a simulated clock, shown on /metrics, scraped by a real Prometheus with the shipped rules. And how often chance alone raises an alarm, over 100 seeds.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DriftReference } from "../contract/drift-reference.ts";
import { HOUR_MS, hourOf } from "../contract/drift-window.ts";
import { windowLayout } from "../contract/window-layout.ts";
import type { ManifestInput } from "../contract/manifest.ts";
import type { Tensor } from "../contract/tensor.ts";
import { readingDictionary, readingSource } from "../control-plane/cli/traffic/readings.ts";
import { seededRandom } from "../control-plane/cli/traffic/random.ts";
import { readConfig } from "../control-plane/config.ts";
import { startControlPlane, type ControlPlane } from "../control-plane/control-plane.ts";
import { windowCollector } from "../control-plane/drift/collect-windows.ts";
import { liveReport } from "../control-plane/drift/live-report.ts";
import { LIVE_DRIFT_RULE } from "../control-plane/drift/live-rule.ts";
import { turnRunner } from "../control-plane/drift/run-turns.ts";
import { inspectArtifact } from "../control-plane/inspection/inspect.ts";
import { createLog } from "../control-plane/log.ts";
import { startCloudflareDouble, type CloudflareDouble } from "../control-plane/testing/cloudflare-double.ts";
import { startEdgeWindowsDouble, type EdgeWindowsDouble } from "../control-plane/testing/edge-windows-double.ts";
import { numericReference } from "../drift-job/statistics/reference-from-sample.ts";
import { sortSample } from "../drift-job/statistics/sorted-sample.ts";
import { CellCounter } from "../contract/cell-counter.ts";
import { DriftWindows } from "../edge/drift/drift-windows.ts";
import { HAS_PROMETHEUS, startPrometheus, type RunningPrometheus } from "./harness/prometheus.ts";
import { scaled } from "./harness/scale.ts";
import { until } from "./harness/until.ts";

const EXAMPLE = join(import.meta.dirname, "../examples/pm25");
const HOURS = 60;
const SHIFT_HOUR = 30;
const SHIFT_FACTOR = 1.8;
/** At least as many a day as a judgement needs. */
const ROWS_PER_HOUR = scaled({ full: 500, quick: 50 });
const SEEDS = 100;
const REFERENCE_ROWS = 20_000;
const schedule = { cron: "10 0 * * *", windowHours: 24 };
const log = createLog({ level: "silent", format: "json" }, process.stderr);

const dictionary = readingDictionary.parse(JSON.parse(readFileSync(join(EXAMPLE, "readings.json"), "utf8")));
const { features } = JSON.parse(readFileSync(join(EXAMPLE, "examples.json"), "utf8")) as { features: string[] };
const input: ManifestInput = { name: "features", datatype: "FP32", shape: [-1, features.length], features, missing: "nan" };

type NextRow = ReturnType<typeof readingSource>;

const rowSource = (seed: number): NextRow => readingSource(dictionary, seededRandom(seed));

/** Another seed than any stream's. */
function makeReference(): DriftReference {
  const next = rowSource(4711);
  const rows = Array.from({ length: REFERENCE_ROWS }, next);
  const referenceOf = (name: string) => {
    const present = Float64Array.from(rows.flatMap((row) => row[name] ?? []));
    return numericReference(sortSample(present), rows.length - present.length);
  };
  return {
    rows: rows.length,
    source: "made-up readings",
    features: Object.fromEntries(features.map((name) => [name, referenceOf(name)])),
    keyFeatures: features,
  };
}

const reference = makeReference();
const layout = windowLayout([input], reference);

/** An hour's rows as one request's tensor; `factor` is what PM10 is multiplied by. */
function hourOfRows(next: NextRow, factor = 1): Tensor {
  const data = new Float32Array(ROWS_PER_HOUR * features.length);
  let at = 0;
  for (let row = 0; row < ROWS_PER_HOUR; row++) {
    const reading = next();
    for (const name of features) data[at++] = (reading[name] ?? Number.NaN) * (name === "PM10" ? factor : 1);
  }
  return { name: "features", datatype: "FP32", shape: [ROWS_PER_HOUR, features.length], data };
}

describe("chance", () => {
  it(`raises next to no alarm in ${SEEDS} stationary streams of ${HOURS} hours`, () => {
    const alarms: string[] = [];
    let judged = 0;
    let largestPsi = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = rowSource(seed);
      const counter = new CellCounter(layout, () => "FP32");
      for (let hour = 0; hour < HOURS; hour++) {
        counter.count([hourOfRows(next)], [], ROWS_PER_HOUR);
        if ((hour + 1) % 24 !== 0) continue;
        const { rows, gains } = counter.drain();
        const counts = Array.from({ length: layout.reduce((sum, { cells }) => sum + cells, 0) }, () => 0);
        for (let at = 0; at < gains.length; at += 2) counts[gains[at] as number] = gains[at + 1] as number;
        const report = liveReport({
          reference: { model: "m", number: 1, manifestSha256: "", registered: reference, layout, live: undefined },
          version: "v1",
          current: { rows, counts, hours: 24 },
          window: { from: new Date(0), to: new Date(24 * HOUR_MS), region: undefined },
          silentShards: [],
          rule: LIVE_DRIFT_RULE,
          now: new Date(0),
        });
        for (const [name, { psi, drift_detected: isDrift }] of Object.entries(report.features)) {
          expect(psi, name).toBeDefined();
          judged++;
          largestPsi = Math.max(largestPsi, psi?.psi ?? 0);
          if (isDrift) alarms.push(`seed ${seed}, hour ${hour + 1}, ${name}`);
        }
      }
    }
    console.log(
      `${SEEDS} seeds, ${24 * ROWS_PER_HOUR} rows a day, ${judged} judgements of a feature: ${alarms.length} false alarms, largest PSI ${largestPsi.toFixed(4)}`,
      alarms,
    );
    expect(judged).toBe(SEEDS * Math.floor(HOURS / 24) * features.length);
    expect(alarms).toEqual([]);
  });
});

describe.skipIf(!HAS_PROMETHEUS)("a drifting stream beside a stationary one (needs Debian's prometheus)", () => {
  let directory: string;
  let cloudflare: CloudflareDouble;
  let edge: EdgeWindowsDouble;
  let controlPlane: ControlPlane;
  let prometheus: RunningPrometheus;
  let server: ReturnType<typeof serve>;
  let token: string;

  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { host: "localhost", authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await controlPlane.app.request(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!response.ok) throw new Error(await response.text());
    return response;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "edgewise-drift-"));
    cloudflare = await startCloudflareDouble();
    const config = readConfig(
      {
        EDGEWISE_DIRECTORY: directory,
        LIBSQL_URL: `file:${join(directory, "registry.db")}`,
        CLOUDFLARE_API_BASE_URL: cloudflare.url,
        LOG_LEVEL: "silent",
      },
      false,
    );
    if (!config.ok) throw new Error(config.failure.problems.join());
    controlPlane = await startControlPlane(config.value, inspectArtifact, log);
    token = readFileSync(join(directory, "admin-token"), "utf8").trim();
    const midnight = Math.ceil(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS;
    let nowMs = midnight;
    const now = (): Date => new Date(nowMs);
    edge = await startEdgeWindowsDouble(2, now);
    const streams = await Promise.all(
      ["drifting", "stationary"].map(async (model, at) => ({
        model,
        next: rowSource(100_001 + at),
        version: await release(model),
      })),
    );
    const windows = new DriftWindows(() => "FRA");
    const runTurns = turnRunner({
      registry: controlPlane.registration.registry,
      collect: windowCollector({
        registry: controlPlane.registration.registry,
        edge: { edgeUrl: edge.url, edgeToken: edge.token },
        now,
      }),
      rule: LIVE_DRIFT_RULE,
      schedule,
      now,
      log,
    });
    for (let hour = 0; hour < HOURS; hour++) {
      nowMs = midnight + (hour + 0.5) * HOUR_MS;
      for (const { model, next, version } of streams) {
        const rows = hourOfRows(next, model === "drifting" && hour >= SHIFT_HOUR ? SHIFT_FACTOR : 1);
        windows.count({ model, loaded: version }, [rows], [], ROWS_PER_HOUR, nowMs);
      }
      for (const { gains, ...key } of windows.drain()) {
        const counts: number[] = [];
        for (let at = 0; at < gains.length; at += 2) {
          while (counts.length <= (gains[at] as number)) counts.push(0);
          counts[gains[at] as number] = gains[at + 1] as number;
        }
        edge.count(hour % 2, { ...key, counts });
      }
      await runTurns();
    }
    server = serve({ fetch: controlPlane.app.fetch, port: 0, hostname: "127.0.0.1" });
    await until(() => server.listening);
    prometheus = await startPrometheus({
      controlPlanePort: (server.address() as AddressInfo).port,
      alertmanagerPort: 9,
      hastenedBy: 5,
    });
    expect(hourOf(nowMs) - hourOf(midnight)).toBe(HOURS - 1);
  }, 300_000);

  afterAll(async () => {
    await prometheus?.stop();
    server?.close();
    await controlPlane?.close();
    await edge?.close();
    await cloudflare?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Registers the example's v1 with the reference and takes it to production; what its isolates count with. */
  async function release(model: string) {
    const form = new FormData();
    form.set(
      "metadata",
      JSON.stringify({ stage: "staging", inputs: [{ name: "features", features, missing: "nan" }], reference }),
    );
    form.set("artifact", new Blob([readFileSync(join(EXAMPLE, "pm25-v1.onnx"))]), "model.onnx");
    const headers = { host: "localhost", authorization: `Bearer ${token}` };
    const response = await controlPlane.app.request(`/api/models/${model}/versions`, { method: "POST", headers, body: form });
    const registered = (await response.json()) as { manifest: { sha256: string }; error?: string };
    if (!response.ok) throw new Error(registered.error);
    await call("POST", `/api/models/${model}/versions/v1/promote`, { stage: "production", reason: "a test" });
    return { version: "v1", manifestSha256: registered.manifest.sha256, cells: new CellCounter(layout, () => "FP32") };
  }

  it("makes the alert fire for the feature that shifted, and for nothing else", async () => {
    await until(async () => (await prometheus.firing()).includes("FeatureDriftSignificant"));
    const firing = await prometheus.query('ALERTS{alertname=~".*Drift.*",alertstate=~"firing|pending"}');
    expect(firing.map(({ metric }) => [metric["alertname"], metric["model"], metric["feature"]])).toEqual([
      ["FeatureDriftSignificant", "drifting", "PM10"],
    ]);
    const psi = await prometheus.query('drift_psi{feature="PM10"}');
    console.log("PSI of PM10:", Object.fromEntries(psi.map(({ metric, points }) => [metric["model"], points[0]?.[1]])));
    const detected = await prometheus.query("drift_detected == 1");
    expect(detected.map(({ metric }) => [metric["model"], metric["feature"]])).toEqual([["drifting", "PM10"]]);
  });

  it("is in the reports of the schedule: one a day, the second of the drifting stream with the feature that shifted", async () => {
    const verdicts = async (model: string) => {
      const { reports } = (await (await call("GET", `/api/drift/reports?model=${model}&origin=scheduled`)).json()) as {
        reports: { id: number; verdict: string; currentRows: number }[];
      };
      return reports.filter(({ currentRows }) => currentRows > 0).toReversed();
    };
    const drifting = await verdicts("drifting");
    expect(drifting.map(({ verdict, currentRows }) => [verdict, currentRows])).toEqual([
      ["no_drift", 24 * ROWS_PER_HOUR],
      ["some_features", 24 * ROWS_PER_HOUR],
    ]);
    expect((await verdicts("stationary")).map(({ verdict }) => verdict)).toEqual(["no_drift", "no_drift"]);
    const page = await (await call("GET", `/api/drift/reports/${drifting[1]?.id}/page`)).text();
    expect(page).toMatch(/PSI of PM10 over 2 reports, now 0\.[2-9]/);
  });
});
