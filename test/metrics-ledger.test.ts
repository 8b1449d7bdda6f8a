/**
 * The clients' own ledger against what the control plane exposes: several isolates, several clients, thousands of requests of every kind of outcome, flushes that
 * are lost, repeated, delayed and reordered, shards that are ended; and how much is lost at most with isolates that are ended.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pino } from "pino";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ShardReading } from "../contract/metric-flush.ts";
import { edgeCounts, type EdgeView } from "../control-plane/metrics/edge-counts.ts";
import { edgeScrape, type EdgeLook } from "../control-plane/metrics/edge-scrape.ts";
import { buildWorker, startDirectEdge, type BuiltWorker, type DirectEdge } from "../ops/direct-edge/direct-edge.ts";
import { makeKeys, putRelease, putVersion, signRelease } from "./harness/publish.ts";
import { pm25Manifest, readArtifact, readGolden, type Golden } from "./harness/pm25.ts";
import { exposedFor, send } from "./harness/request-ledger.ts";
import { until } from "./harness/until.ts";
import { scaled } from "./harness/scale.ts";
import { removeDurableObjects } from "./harness/separate-parts.ts";

const REQUESTS = scaled({ full: 100_000, quick: 4_000 });
/** As docs/decisions/0007-edge-counters.md states it. */
const LOST_MS_MAX = 1_000;
/** What a flush may take from being made to being stored, on a machine that is busy. */
const FLUSH_MS_MAX = 500;
/** Times that all isolates are ended in their midst. */
const ENDINGS = scaled({ full: 10, quick: 1 });
/** A flush that was held back has come after this. */
const HELD_MS = 3_500;
const ISOLATES = 4;
const CLIENTS = 8;
const model = "pm25_predictor";
const edgeToken = "edge-token-of-the-tests";
const golden = readGolden();
let edge: DirectEdge;
let read: () => Promise<EdgeView>;
let directory: string;

const keys = makeKeys();
const shardModule = stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "harness/faulty-shard.worker.ts"), "utf8"));
let built: BuiltWorker;
/** Shards that the edge reports as silent, seen from here. */
const silenced = new Set<number>();

beforeAll(async () => {
  if (!golden) return;
  directory = mkdtempSync(join(tmpdir(), "edgewise-ledger-"));
  built = await buildWorker();
  await startEdge();
  const stable = await putVersion(edge, readArtifact("v1"), pm25Manifest(model, "v1", golden));
  const canary = await putVersion(edge, readArtifact("v2"), pm25Manifest(model, "v2", golden));
  const issuedAt = new Date().toISOString();
  const release = {
    schema: 1,
    model,
    generation: 3,
    issuedAt,
    stable,
    canary: { ...canary, percent: 0, rollout: 1 },
    shadow: null,
  } as const;
  await putRelease(edge, signRelease(release, keys));
  read = reader();
});

afterAll(async () => {
  await edge?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

const FAULTS = ["lostBefore", "lostAfter", "repeated", "delayed", "reordered", "restarted"];
const toldFates = async (): Promise<Record<string, number>> => (await edge.askShards("/")) as Record<string, number>;
/** Ends the faults; answers with what became of the flushes so far. */
const heal = async (): Promise<Record<string, number>> => (await edge.askShards("/heal")) as Record<string, number>;

async function startEdge(): Promise<void> {
  edge = await startDirectEdge(built, {
    publicKeys: [keys.publicKey],
    edgeToken,
    isolates: ISOLATES,
    persistTo: join(directory, "edge"),
    shardModule,
  });
}

/** Ends the edge, takes away what its Durable Objects stored, and starts it again on the same KV and R2. */
async function wipeShards(): Promise<void> {
  await edge.stop();
  removeDurableObjects(join(directory, "edge"));
  await startEdge();
  await heal();
}

/** A control plane's view of the edge, as it is after a start: what it remembers is in the file only. */
function reader(): () => Promise<EdgeView> {
  async function lookAtEdge(): Promise<EdgeLook> {
    const look = await edgeScrape({ edgeUrl: edge.origins[0] as string, edgeToken, now: () => new Date() })();
    if (look.state !== "answered") return look;
    const readings = look.readings.map((reading): ShardReading => {
      return silenced.has(reading.shard) ? { shard: reading.shard, silent: true } : reading;
    });
    return { ...look, readings };
  }
  return edgeCounts({ lookAtEdge, statePath: join(directory, "edge-counts.json"), log: pino({ level: "silent" }) });
}

const counters = (view: EdgeView): ReadonlyMap<string, number> => {
  if (view.totals.state !== "complete") throw new Error(`shards ${view.totals.unseen.join(", ")} were never seen`);
  return view.totals.counters;
};

/** Reads until two looks a flush interval apart agree on the predictions: everything that was counted has been sent. */
async function settled(): Promise<ReadonlyMap<string, number>> {
  for (let before = -1; ; await sleep(1_500)) {
    const now = counters(await read());
    const sum = [...now].filter(([text]) => text.includes('"/predict"')).reduce((total, [, value]) => total + value, 0);
    if (sum === before) return now;
    before = sum;
  }
}

async function sendMany(ledger: Map<string, number>, count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < count) {
        const kind = next++;
        await send(golden as Golden, ledger, kind, edge.origins[kind % ISOLATES] as string);
      }
    }),
  );
}

describe.skipIf(!golden)("exported counters (skipped without ../shared)", () => {
  const ledger = new Map<string, number>();

  it(
    `equal the ledger of ${CLIENTS} clients over ${ISOLATES} isolates and ${REQUESTS} requests exactly`,
    { timeout: 1_200_000 },
    async () => {
      let fates: Record<string, number> = {};
      const watching = new AbortController();
      // Read all the while, as Prometheus would: no sum may fall, whatever happens to the flushes.
      const watched = watchWhile(watching.signal);
      await sendMany(ledger, REQUESTS);
      // A fast machine sends them all in a few flushes: every fault must have come once.
      while (!FAULTS.every((fault) => fates[fault])) {
        await sendMany(ledger, 200);
        fates = await toldFates();
      }
      fates = await heal();
      await sleep(HELD_MS);
      // A flush that failed is sent again with a later request, and what was counted since with the one after: so every isolate gets some.
      for (let round = 0; round < 3; round++) {
        for (const origin of edge.origins) await send(golden as Golden, ledger, round, origin);
        await sleep(1_200);
      }
      const exposed = await settled();
      watching.abort();
      expect(await watched).toBeGreaterThan(2);
      expect(exposedFor(ledger, exposed)).toEqual(ledger);
      const inLedger = [...ledger.keys()].filter((key) => key.startsWith("http_requests_total"));
      console.log("flushes:", fates);
      console.log(`${REQUESTS} requests:`, Object.fromEntries(inLedger.map((key) => [key, exposed.get(key)])));
      expect(inLedger.length).toBeGreaterThan(4);
      // Nothing of a prediction endpoint is exposed that the ledger does not have.
      const extra = [...exposed.keys()].filter((text) => /_total\{.*POST/.test(text) && !ledger.has(text));
      expect(extra).toEqual([]);
    },
  );

  it("never fall while a shard is silent, back and wiped and the control plane is started again", async () => {
    const before = await settled();
    const watch = watcher(before);
    silenced.add(0);
    watch(counters(await read()));
    expect([...(await read()).state.values()].map(({ isUp }) => isUp)).toContain(false);
    read = reader();
    // Started again while a shard is silent: a sum without it would be a part.
    expect((await read()).totals.state).toBe("incomplete");
    silenced.clear();
    watch(counters(await read()));
    await wipeShards();
    watch(counters(await read()));
    await sendMany(ledger, 400);
    const after = await settled();
    watch(after);
    expect(exposedFor(ledger, after)).toEqual(ledger);
    read = reader();
    watch(counters(await read()));
    expect(exposedFor(ledger, counters(await read()))).toEqual(ledger);
  });
});

describe.skipIf(!golden)("isolates that are ended between flushes (skipped without ../shared)", () => {
  it("take with them at most what they answered in a flush interval, and a flush's time", { timeout: 600_000 }, async () => {
    const outcomes: { answered: number; lost: number; allowed: number }[] = [];
    const counted = async (): Promise<number> =>
      [...(await settled())].find(([text]) => text === "request_latency_seconds_count")?.[1] ?? 0;
    for (let ending = 0; ending < ENDINGS; ending++) {
      const before = await counted();
      const answeredMs: number[] = [];
      let unanswered = 0;
      const calling = new AbortController();
      const clients = Array.from({ length: CLIENTS }, async (_, client) => {
        while (!calling.signal.aborted) {
          await send(golden as Golden, new Map(), 2, edge.origins[client % ISOLATES] as string).then(
            () => answeredMs.push(performance.now()),
            () => (unanswered += 1),
          );
          if (unanswered > 0) return;
        }
      });
      // Every isolate has loaded its model by then.
      await until(() => answeredMs.length > 200);
      // Not in step with the flushes.
      await sleep(2_500 + 130 * ending);
      await edge.stop();
      calling.abort();
      await Promise.all(clients);
      await startEdge();
      await heal();
      const lost = before + answeredMs.length - (await counted());
      const lastMs = Math.max(...answeredMs);
      const allowed = answeredMs.filter((atMs) => lastMs - atMs <= LOST_MS_MAX + FLUSH_MS_MAX).length;
      outcomes.push({ answered: answeredMs.length, lost, allowed });
      // A request that got no answer may have been counted all the same.
      expect(lost).toBeGreaterThanOrEqual(-unanswered);
      expect(lost).toBeLessThanOrEqual(allowed);
      // Otherwise the bound would allow anything.
      expect(allowed).toBeLessThan(answeredMs.length);
    }
    console.log("isolates ended in their midst:", outcomes);
  });
});

/** Looks every half second until it is told to end; answers with how often it looked. */
async function watchWhile(signal: AbortSignal): Promise<number> {
  let watch: ReturnType<typeof watcher> | undefined;
  for (let looks = 0; ; looks++) {
    if (signal.aborted) return looks;
    const { totals } = await read();
    // Nothing before every shard has answered once.
    if (totals.state === "complete") (watch ??= watcher(totals.counters))(totals.counters);
    await sleep(500);
  }
}

/** Fails at the first series that is lower than it ever was, or gone. */
function watcher(start: ReadonlyMap<string, number>): (now: ReadonlyMap<string, number>) => void {
  const highest = new Map(start);
  return (now) => {
    const fallen = [...highest].filter(([text, value]) => !((now.get(text) ?? -1) >= value - 1e-9 * value));
    expect(fallen).toEqual([]);
    for (const [text, value] of now) highest.set(text, value);
  };
}
