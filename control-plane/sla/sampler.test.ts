import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fail } from "../../contract/result.ts";
import { createLog } from "../log.ts";
import { openRegistry, type Registry } from "../registry/database.ts";
import { sumMinutes } from "./minute-records.ts";
import type { EdgeSample } from "./roll-up.ts";
import { lookAndStore, startSampler } from "./sampler.ts";

const T = Date.parse("2026-11-23T10:00:00.000Z");
const log = createLog({ level: "silent", format: "json" }, process.stderr);

let directory: string;
let registry: Registry;
let nowMs: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-sampler-"));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
  nowMs = T;
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

const now = (): Date => new Date(nowMs);
const total = () => registry.read((db) => sumMinutes(db, new Date(T), new Date(T + 3_600_000)));
const sample = (requestsTotal: number, rest: Partial<EdgeSample> = {}): EdgeSample => ({
  atMs: nowMs,
  edgeUp: true,
  requestsTotal,
  errorsTotal: 0,
  latencyBuckets: [[Number.POSITIVE_INFINITY, requestsTotal]],
  ...rest,
});

it("stores what happened between two looks, and that a look brought nothing", async () => {
  const scrapes: (() => Promise<EdgeSample | undefined>)[] = [
    async () => sample(10),
    async () => undefined,
    async () => Promise.reject(new Error("no answer")),
    async () => sample(Number.NaN),
    async () => sample(25),
  ];
  const look = lookAndStore({ registry, scrape: async () => (await scrapes.shift()?.()) as EdgeSample, now, log });
  for (let at = 0; at < 5; at++) {
    nowMs = T + at * 5000;
    await look();
  }
  // From the first look to the last, 20 s: what came between them was missed, but no gap.
  expect(await total()).toMatchObject({
    requests: 15,
    edgeUpSeconds: 20,
    controlPlaneUpSeconds: 20,
    scrapesSeen: 2,
    scrapesMissed: 3,
  });
});

it("tells of the time of a look that could not be stored with the next one", async () => {
  let isBusy = false;
  const sometimes: Registry = {
    ...registry,
    write: async (write) => (isBusy ? fail({ reason: "registry_busy", attempts: 1 }) : registry.write(write)),
  };
  const look = lookAndStore({ registry: sometimes, scrape: async () => sample((nowMs - T) / 1000), now, log });
  await look();
  for (const [seconds, busy] of [
    [5, true],
    [10, false],
  ] as const) {
    [nowMs, isBusy] = [T + seconds * 1000, busy];
    await look();
  }
  expect(await total()).toMatchObject({ requests: 10, edgeUpSeconds: 10, scrapesSeen: 2 });
});

it("looks until it is stopped, and not after", async () => {
  let looks = 0;
  const until = Promise.withResolvers<void>();
  const sampler = startSampler({
    registry,
    scrape: async () => {
      nowMs += 1000;
      if (++looks === 3) until.resolve();
      return sample(looks);
    },
    everyMs: 1,
    now,
    log,
  });
  await until.promise;
  await sampler.stop();
  const atStop = looks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(looks).toBe(atStop);
  expect((await total()).scrapesSeen).toBe(atStop);
});
