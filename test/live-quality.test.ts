/**
 * The truth for many predictions, sent to several isolates: some of it twice (to two isolates at once, too), forged, expired, late, foreign or no truth at
 * all. What live quality says must be what a recomputation from the answers says, and every refusal must be counted under its reason.
 * Full size: 100,000 predictions.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Manifest, ManifestGroups } from "../contract/manifest.ts";
import { importReceiptKey, type ReceiptKey } from "../contract/receipt-key.ts";
import { RECEIPT_CHARACTERS_MAX } from "../contract/receipt.ts";
import { succeed } from "../contract/result.ts";
import { edgeCounts } from "../control-plane/metrics/edge-counts.ts";
import { edgeScrape } from "../control-plane/metrics/edge-scrape.ts";
import { renderExposition } from "../control-plane/metrics/exposition.ts";
import { collectQuality, type CollectorTools } from "../control-plane/quality/collect-quality.ts";
import { edgeLedgers, countedTotals } from "../control-plane/quality/edge-quality.ts";
import { liveQuality } from "../control-plane/quality/live-quality.ts";
import { qualityFamilies } from "../control-plane/quality/quality-families.ts";
import { qualityReport } from "../control-plane/quality/quality-report.ts";
import { openRegistry, type Registry } from "../control-plane/registry/database.ts";
import { models, versionMetrics, versions } from "../control-plane/registry/schema.ts";
import { buildWorker, startDirectEdge, type BuiltWorker, type DirectEdge } from "../ops/direct-edge/direct-edge.ts";
import { makeKeys, putRelease, putVersion, signRelease } from "./harness/publish.ts";
import { pm25Manifest, readArtifact, readGolden } from "./harness/pm25.ts";
import { scaled } from "./harness/scale.ts";
import {
  add,
  flipped,
  forEach,
  randomOf,
  receiptsOf,
  recomputed,
  shuffled,
  sumOf,
  type Scored,
  type Truth,
} from "./harness/truth.ts";

const PREDICTIONS = scaled({ full: 100_000, quick: 2_500 });
const ISOLATES = 4;
const CLIENTS = 6;
const BATCH = 250;
const model = "pm25_predictor";
const edgeToken = "edge-token-of-the-tests";
const golden = readGolden();
const secret = Buffer.alloc(32, 5).toString("base64");
const keys = makeKeys();

let directory: string;
let built: BuiltWorker;
let edge: DirectEdge;
let registry: Registry;
let collector: CollectorTools;

const groups: ManifestGroups = { names: ["north", "south"], privileged: "north", favourable: { atMost: 35 } };

beforeAll(async () => {
  if (!golden) return;
  directory = mkdtempSync(join(tmpdir(), "edgewise-quality-"));
  built = await buildWorker();
  await startEdge(ISOLATES);
  const manifest = { ...pm25Manifest(model, "v2", golden), groups };
  const stable = await putVersion(edge, readArtifact("v2"), manifest);
  const canary = await putVersion(edge, readArtifact("v1"), pm25Manifest(model, "v1", golden));
  const issuedAt = new Date().toISOString();
  const release = {
    schema: 1,
    model,
    generation: 1,
    issuedAt,
    stable,
    canary: { ...canary, percent: 0, rollout: 1 },
    shadow: null,
  } as const;
  await putRelease(edge, signRelease(release, keys));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
  await insertVersion({ ...manifest, artifact: stable.artifact });
  const log = pino({ level: "silent" });
  const statePath = join(directory, "edge-counts.json");
  const edgeUrl = edge.origins[0] as string;
  const now = (): Date => new Date();
  const readCounts = edgeCounts({ lookAtEdge: edgeScrape({ edgeUrl, edgeToken, now }), statePath, log });
  const readCounted: CollectorTools["readCounted"] = async () => countedTotals(await readCounts());
  collector = { registry, readLedgers: edgeLedgers(edgeUrl, edgeToken), readCounted, now, log };
});

afterAll(async () => {
  await registry?.close();
  await edge?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

async function startEdge(isolates: number): Promise<void> {
  const options = { publicKeys: [keys.publicKey], edgeToken, receiptKey: secret, isolates };
  edge = await startDirectEdge(built, { ...options, persistTo: join(directory, "edge") });
}

const origin = (index: number): string => edge.origins[index % ISOLATES] as string;

async function predictAll(): Promise<Scored[]> {
  const rows = golden?.rows ?? [];
  const random = randomOf(6);
  const scored: Scored[] = [];
  const batches = Array.from({ length: PREDICTIONS / BATCH }, (_, batch) => batch);
  await forEach(batches, CLIENTS, async (batch) => {
    const version = batch % 3 === 0 ? "v1" : "v2";
    const instances = Array.from({ length: BATCH }, (_, at) => rows[(batch * BATCH + at) % rows.length]);
    // v1 names no groups; a row in five says none.
    const rowGroups = instances.map(() => (random() < 0.2 ? null : random() < 0.6 ? "north" : "south"));
    const body = { model, version, instances, ...(version === "v2" && { groups: rowGroups }) };
    const response = await fetch(`${origin(batch)}/predict`, { method: "POST", body: JSON.stringify(body) });
    const answer = (await response.json()) as { predictions: number[]; prediction_ids: string[] };
    for (const [at, predicted] of answer.predictions.entries()) {
      // A truth near the prediction, to the tenth of a µg/m³ that the instruments report.
      const actual = Math.round((predicted + (random() - 0.4) * 60) * 10) / 10;
      const group = version === "v2" ? (rowGroups[at] ?? null) : null;
      scored.push({ version, group, receipt: answer.prediction_ids[at] as string, predicted, actual });
    }
  });
  return scored;
}

/** As registration leaves it, as far as live quality asks: the names of its groups, and its baseline. */
async function insertVersion(manifest: Manifest): Promise<void> {
  const sha256 = manifest.artifact.sha256;
  const at = "2026-11-25T00:00:00.000Z";
  const row = { model, number: 2, stage: "production", description: "", manifestJson: JSON.stringify(manifest) } as const;
  const digests = { uploadedSha256: sha256, uploadedBytes: 1, artifactSha256: sha256, artifactBytes: 1, manifestSha256: sha256 };
  const inspection = {} as (typeof versions.$inferInsert)["inspection"];
  const written = await registry.write(async (db) => {
    await db.insert(models).values({ name: model, createdAt: at });
    await db
      .insert(versions)
      .values({ ...row, ...digests, inspection, createdAt: at, createdByTokenId: "t", createdByName: "a test" });
    await db.insert(versionMetrics).values({ model, number: 2, name: "rmse", value: 21.324 });
    return succeed(undefined);
  });
  if (!written.ok) throw new Error(written.failure.reason);
}

/** Sends truths and enters in `outcomes` what came back, item by item. */
async function send(truths: readonly Truth[], to: string, outcomes: Map<string, number>): Promise<void> {
  const response = await fetch(`${to}/feedback`, { method: "POST", body: JSON.stringify(truths) });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { received: number; counted: number; refused: { index: number; outcome: string }[] };
  expect(answer.received).toBe(truths.length);
  expect(answer.counted + answer.refused.length).toBe(truths.length);
  add(outcomes, "counted", answer.counted);
  for (const { outcome } of answer.refused) add(outcomes, outcome, 1);
}

const ask = (version: string) => {
  const to = new Date();
  return registry.read((db) => liveQuality(db, { model, version, from: new Date(to.getTime() - 24 * 3_600_000), to }));
};

describe.skipIf(!golden)("live quality (skipped without ../shared)", () => {
  const outcomes = new Map<string, number>();
  let scored: Scored[];

  it(
    `of ${PREDICTIONS} predictions over ${ISOLATES} isolates equals a recomputation to 1e-9, each truth counted once`,
    { timeout: 1_200_000 },
    async () => {
      scored = await predictAll();
      expect(scored).toHaveLength(PREDICTIONS);
      expect(Math.max(...scored.map(({ receipt }) => receipt.length))).toBeLessThanOrEqual(RECEIPT_CHARACTERS_MAX);

      const key = importReceiptKey(secret) as ReceiptKey;
      const other = importReceiptKey(Buffer.alloc(32, 8).toString("base64")) as ReceiptKey;
      const percent = PREDICTIONS / 100;
      const actual = 10;
      const bad: [outcome: string, truths: Truth[]][] = [
        [
          "forged",
          scored.slice(0, percent).map(({ receipt }, at) => ({ prediction_id: flipped(receipt, 3 + (at % 53)), actual })),
        ],
        ["expired", receiptsOf(key, model, 721, 720, percent / 2).map((prediction_id) => ({ prediction_id, actual }))],
        ["late", receiptsOf(key, model, 722, 1000, percent / 2).map((prediction_id) => ({ prediction_id, actual }))],
        ["foreign", receiptsOf(other, model, 1, 720, 20).map((prediction_id) => ({ prediction_id, actual }))],
        ["foreign", receiptsOf(key, "no_such_model", 1, 721, 20).map((prediction_id) => ({ prediction_id, actual }))],
        ["malformed", [null, "x", 7, {}].map((prediction_id) => ({ prediction_id, actual }))],
        [
          "actual_invalid",
          scored.slice(0, 5).map(({ receipt }, at) => ({ prediction_id: receipt, actual: [null, "12", {}, true, 1e200][at] })),
        ],
      ];
      const truthOf = ({ receipt, actual }: Scored): Truth => ({ prediction_id: receipt, actual });
      const twice = scored.filter((_, at) => at % 20 === 0).map(truthOf);
      const once = scored.filter((_, at) => at % 20 !== 0).map(truthOf);
      const ordinary = shuffled([...once, ...bad.flatMap(([, truths]) => truths)], randomOf(7));
      const batches = (list: readonly Truth[]): Truth[][] =>
        Array.from({ length: Math.ceil(list.length / BATCH) }, (_, at) => list.slice(at * BATCH, (at + 1) * BATCH));
      // To two isolates at once; and some of it a third time, later and elsewhere.
      await forEach(batches(shuffled(twice, randomOf(8))), CLIENTS, async (batch, at) => {
        await Promise.all([send(batch, origin(at), outcomes), send(batch, origin(at + 1), outcomes)]);
      });
      await forEach(batches(ordinary), CLIENTS, (batch, at) => send(batch, origin(at), outcomes));
      await forEach(batches(twice.slice(0, percent)), CLIENTS, (batch, at) => send(batch, origin(at + 2), outcomes));

      const expected = new Map([
        ["counted", PREDICTIONS],
        ["repeated", twice.length + percent],
      ]);
      for (const [outcome, truths] of bad) add(expected, outcome, truths.length);
      expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));

      await collectQuality(collector);
      for (const version of ["v1", "v2"]) {
        const live = await ask(version);
        const wanted = recomputed(scored.filter((one) => one.version === version));
        for (const figure of ["rmse", "mae", "bias", "r2"] as const) {
          expect([figure, Math.abs((live[figure] ?? Number.NaN) - wanted[figure]) <= 1e-9]).toEqual([figure, true]);
        }
        expect(Math.abs((live.absoluteErrorP95 ?? Number.NaN) / wanted.p95 - 1)).toBeLessThanOrEqual(0.01);
        console.log(version, live, wanted, Object.fromEntries(outcomes));
      }
    },
  );

  it("is counted at the edge by outcome, and its coverage is that of the receipts issued", async () => {
    let counted = new Map<string, number>();
    const scrape = edgeScrape({ edgeUrl: origin(0), edgeToken, now: () => new Date(), cacheMs: 0 });
    for (let tries = 0; tries < 20; tries++, await sleep(500)) {
      const look = await scrape();
      if (look.state !== "answered") throw new Error(look.reason);
      counted = new Map();
      for (const reading of look.readings) {
        for (const [text, value] of "silent" in reading ? [] : reading.counters) {
          const outcome = /^feedback_total\{.*outcome="(\w+)"/.exec(text)?.[1];
          if (outcome) add(counted, outcome, value);
        }
      }
      if (sumOf(counted) === sumOf(outcomes)) break;
    }
    expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(outcomes));
    await sleep(1_100);
    await collectQuality(collector);
    expect((await ask("v1")).coverage).toBe(1);
    expect((await ask("v2")).issued).toBe(scored.filter(({ version }) => version === "v2").length);
  });

  it("is told by group, and disparate impact from every receipt that named one", async () => {
    const to = new Date();
    const from = new Date(to.getTime() - 24 * 3_600_000);
    const report = await registry.read((db) => qualityReport(db, { model, from, to }));
    const v2 = report.versions.find(({ version }) => version === "v2");
    expect(v2?.baseline).toEqual({ rmse: 21.324, mae: null });
    expect(v2?.hours.reduce((sum, { count }) => sum + count, 0)).toBe(v2?.count);
    const rateOf = (group: string): number => {
      const own = scored.filter((one) => one.group === group);
      return own.filter(({ predicted }) => predicted <= 35).length / own.length;
    };
    for (const group of [null, "north", "south"]) {
      const wanted = recomputed(scored.filter((one) => one.version === "v2" && one.group === group));
      const got = v2?.groups.find((one) => one.group === group);
      expect(Math.abs((got?.rmse ?? Number.NaN) - wanted.rmse)).toBeLessThanOrEqual(1e-9);
      expect(got?.coverage).toBe(1);
      const impact = group === "south" ? rateOf("south") / rateOf("north") : null;
      if (impact === null) expect(got?.disparateImpact).toBeNull();
      else expect(got?.disparateImpact).toBeCloseTo(impact, 12);
    }
    const rendered = renderExposition(await qualityFamilies({ registry, now: () => to })(), "prometheus").text;
    for (const line of [
      `model_rmse{model="${model}",version="v2"} ${v2?.rmse}`,
      `model_baseline_rmse{model="${model}",version="v2"} 21.324`,
      `feedback_coverage_ratio{model="${model}",version="v1"} 1`,
      `model_disparate_impact_ratio{group="south",model="${model}",version="v2"} ${v2?.groups.find(({ group }) => group === "south")?.disparateImpact}`,
    ]) {
      expect(rendered.split("\n")).toContain(line);
    }
  });

  it("changes neither by being collected again nor by truth sent again after a restart of the edge", async () => {
    const before = await ask("v2");
    await edge.stop();
    await startEdge(1);
    collector = { ...collector, readLedgers: edgeLedgers(origin(0), edgeToken), readCounted: async () => undefined };
    const again = new Map<string, number>();
    await send(
      scored.slice(0, 1_000).map(({ receipt, actual }) => ({ prediction_id: receipt, actual })),
      origin(0),
      again,
    );
    expect(Object.fromEntries(again)).toEqual({ repeated: 1_000 });
    for (let times = 0; times < 2; times++) await collectQuality(collector);
    expect(await ask("v2")).toEqual(before);
  });
});
